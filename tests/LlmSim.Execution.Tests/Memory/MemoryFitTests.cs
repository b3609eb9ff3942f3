using LlmSim.Execution.Memory;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Execution.Tests.Memory;

public class MemoryFitTests
{
    [Fact]
    public void What_fits_needs_no_remedy()
    {
        var fit = MemoryFit.Of(SampleModels.Llama7B, BatchShape.UniformDecode(1, 1000), Precision.Fp16, SampleDevices.Round);
        Assert.True(fit.Fits);
        Assert.Empty(fit.Remedies);
        Assert.Equal(0, fit.MissingBytes);
    }

    [Fact]
    public void A_model_that_is_too_large_names_what_is_missing_and_what_would_help()
    {
        // 138 GB of weights on 40 GB: 4 bits would do, eight devices too, and most of it in host memory.
        var fit = MemoryFit.Of(SampleModels.Llama70B, BatchShape.UniformDecode(1, 1000), Precision.Fp16, SampleDevices.Round);
        Assert.False(fit.Fits);
        Assert.InRange(fit.MissingBytes, 97e9, 100e9);
        Assert.Equal(3, fit.Remedies.Count);
        Assert.Equal("weights in int4 (groups of 128)", fit.Remedies[0]);
        Assert.Equal("tensor parallel over 4 such devices", fit.Remedies[1]);
        Assert.EndsWith("GB of the weights offloaded to host memory", fit.Remedies[2]);
    }

    [Fact]
    public void A_cache_that_is_too_large_may_be_smaller_in_tokens_or_in_bits()
    {
        var batch = BatchShape.UniformDecode(64, 999);
        var fit = MemoryFit.Of(SampleModels.Llama7B, batch, Precision.Fp16, SampleDevices.Round);
        Assert.False(fit.Fits);
        Assert.Contains("KV cache in fp8", fit.Remedies);
        var tokens = fit.Remedies.Single(r => r.Contains("at most"));
        var limit = int.Parse(tokens.Split(' ')[6].Replace(",", ""), System.Globalization.CultureInfo.InvariantCulture);
        // The limit is tight: with that many tokens it fits, with one per cent more it does not.
        Assert.True(MemoryFit.Of(SampleModels.Llama7B, BatchShape.UniformDecode(64, limit / 64 - 1), Precision.Fp16, SampleDevices.Round).Fits);
        Assert.False(MemoryFit.Of(SampleModels.Llama7B, BatchShape.UniformDecode(64, (int)(limit * 1.01 / 64)), Precision.Fp16, SampleDevices.Round).Fits);
    }
}
