using System.Globalization;
using System.Text.Json;

namespace LlmSim.Cli.Tests;

/// <summary>The survey's figures (arXiv 2402.16363), asked for on the command line and starting from an ONNX graph.</summary>
public class SurveyTests
{
    private const string A6000 = "llm-viewer/nvidia_a6000";

    /// <summary>Table 1 as printed: Llama-2-7B on an A6000, sequence 2048, batch 1.</summary>
    [Theory]
    [InlineData("prefill", "q_proj k_proj v_proj out_proj", "69G", "67M", "1024", "155T", "compute")]
    [InlineData("prefill", "gate_proj up_proj down_proj", "185G", "152M", "1215", "155T", "compute")]
    [InlineData("prefill", "qk_matmul sv_matmul", "34G", "302M", "114", "87T", "memory")]
    [InlineData("prefill", "softmax", "671M", "537M", "1.25", "960G", "memory")]
    [InlineData("prefill", "attn_norm mlp_norm", "59M", "34M", "1.75", "1T", "memory")]
    [InlineData("prefill", "attn_add mlp_add", "8M", "34M", "0.25", "192G", "memory")]
    [InlineData("decode", "q_proj k_proj v_proj out_proj", "34M", "34M", "1", "768G", "memory")]
    [InlineData("decode", "gate_proj up_proj down_proj", "90M", "90M", "1", "768G", "memory")]
    [InlineData("decode", "qk_matmul sv_matmul", "17M", "17M", "0.99", "762G", "memory")]
    [InlineData("decode", "softmax", "328K", "262K", "1.25", "960G", "memory")]
    [InlineData("decode", "attn_norm mlp_norm", "29K", "16K", "1.75", "1T", "memory")]
    [InlineData("decode", "attn_add mlp_add", "4K", "16K", "0.25", "192G", "memory")]
    public void Table_1(string phase, string names, string ops, string bytes, string intensity, string performance, string bound)
    {
        var operators = Analysis(phase).GetProperty("operators").EnumerateArray().ToDictionary(o => o.GetProperty("name").GetString()!);
        foreach (var name in names.Split(' '))
        {
            var row = operators[name];
            Assert.Equal(ops, Printed(row.GetProperty("flops").GetDouble()));
            Assert.Equal(bytes, Printed(row.GetProperty("bytes").GetDouble()));
            Assert.Equal(double.Parse(intensity, CultureInfo.InvariantCulture), row.GetProperty("arithmeticIntensity").GetDouble(), intensity.Contains('.') ? 0.005 : 0.5);
            Assert.Equal(performance, Printed(row.GetProperty("performance").GetDouble()));
            Assert.Equal(bound, row.GetProperty("bound").GetString());
        }
    }

    [Theory]
    [InlineData("prefill", 226.88e-3, 14.804e9)]
    [InlineData("decode", 18.637e-3, 14.026e9)]
    public void Totals_of_table_1(string phase, double seconds, double memory)
    {
        var total = Analysis(phase).GetProperty("total");
        Assert.Equal(seconds, total.GetProperty("seconds").GetDouble(), seconds * 1e-4);
        Assert.Equal(memory, total.GetProperty("peakMemoryBytes").GetDouble(), memory * 1e-4);
        Assert.Equal(1.0737e9, total.GetProperty("kvCacheBytes").GetDouble(), 1e5);
    }

    private static JsonElement Analysis(string phase)
    {
        var run = Cli.Run("analyze", "llama-2-7b", "--on", A6000, "--phase", phase, phase == "prefill" ? "--prompt" : "--context", "2048",
            "--rules", "llm-viewer", "--time", "ideal", "--format", "json");
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Json;
    }

    /// <summary>A number as the paper prints it: whole thousands, millions, … without a space.</summary>
    private static string Printed(double value)
    {
        foreach (var (scale, letter) in new[] { (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K") })
            if (value >= scale) return Math.Round(value / scale).ToString(CultureInfo.InvariantCulture) + letter;
        return value.ToString(CultureInfo.InvariantCulture);
    }
}
