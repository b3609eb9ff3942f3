using LlmSim.Studies.Passes;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Runs;

/// <summary>The stated error names the classes of operators that a replica's devices execute, and no others.</summary>
public sealed class StatedErrorTests
{
    [Theory]
    [InlineData("gemm bf16, prefill-attention bf16, decode-attention bf16, mixed-attention, element-wise", "machine.hardware=a100-80gb-sxm")]
    [InlineData("gemm bf16, prefill-attention bf16, decode-attention bf16, all-reduce, mixed-attention, element-wise", "machine.hardware=a100-80gb-sxm", "machine.tensorParallel=4")]
    // Two nodes talk over links that nobody measured, and so do four devices by an algorithm that is asked for.
    [InlineData("gemm bf16, prefill-attention bf16, decode-attention bf16, element-wise", "machine.hardware=h100-80gb-sxm", "machine.tensorParallel=16")]
    [InlineData("gemm bf16, prefill-attention bf16, decode-attention bf16, element-wise", "machine.hardware=h100-80gb-sxm", "machine.tensorParallel=4", "machine.collectives=ring")]
    [InlineData("gemm bf16, prefill-attention bf16, decode-attention bf16, experts bf16, all-reduce, element-wise", "machine.hardware=h100-80gb-sxm", "machine.tensorParallel=4", "model=mixtral-8x7b")]
    [InlineData("gemm fp8, prefill-attention fp8, decode-attention fp8, element-wise", "machine.hardware=h100-80gb-sxm", "precision={\"weights\":\"fp8\",\"activations\":\"fp8\",\"kv\":\"fp8\"}")]
    [InlineData("gemm bf16, prefill-attention bf16, element-wise; ideal", "machine.hardware=a6000", "machine.placement=cpu-attention")]
    public void Only_what_runs_is_named(string classes, params string[] sets)
    {
        var stated = ScenarioRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=2", "engine.hostTime=none", .. sets])).Summary.TimeModel.StatedError;
        Assert.Equal(classes.Split(';')[0].Split(", "), Classes(stated));
        Assert.Equal(classes.Contains("; ideal", StringComparison.Ordinal), stated.EndsWith("; ideal roofline for units beside the device", StringComparison.Ordinal));
    }

    [Fact]
    public void A_kernel_library_that_was_asked_for_is_named_and_one_that_nobody_measured_is_refused()
    {
        static ScenarioFile With(params string[] sets) =>
            ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=2", "machine.hardware=h100-80gb-sxm", "precision.weights=fp8", "precision.activations=fp8", .. sets]);
        var (usual, other) = (ScenarioRun.Execute(With()).Summary, ScenarioRun.Execute(With("machine.kernels=trtllm")).Summary);
        Assert.Contains("kernels of trtllm where they were measured", other.TimeModel.StatedError, StringComparison.Ordinal);
        Assert.NotEqual(usual.Tpot.Mean, other.Tpot.Mean);
        var wrong = Assert.Throws<Files.InputException>(() => ScenarioRun.Execute(With("machine.hardware=a100-80gb-sxm", "machine.kernels=trtllm")));
        Assert.Contains("machine.kernels", wrong.Message, StringComparison.Ordinal);
        Assert.Throws<Files.InputException>(() => ScenarioRun.Execute(With("time=ideal", "machine.kernels=trtllm")));
    }

    [Fact]
    public void A_study_of_both_phases_names_the_classes_of_both()
    {
        var study = PassStudy.Execute(ScenarioFile.Load(
            Repository.Path("scenarios/survey/figure-08.json"),
            ["time=fitted", "model=llama-2-7b", "machine={\"hardware\":\"a100-80gb-sxm\"}", "zip=[]", "axes={\"pass.phase\":[\"prefill\",\"decode\"]}", "pass={\"batch\":1,\"phase\":\"decode\",\"context\":128,\"prompt\":128}"]));
        Assert.Equal(["gemm bf16", "prefill-attention bf16", "element-wise", "gemm bf16", "decode-attention bf16", "element-wise"], Classes(study.StatedError));
    }

    private static IEnumerable<string> Classes(string stated) =>
        stated.Split([',', ';']).Select(p => p.Trim().Split(": ")[^1]).Where(p => p.Contains('±', StringComparison.Ordinal)).Select(p => p[..p.IndexOf(" ±", StringComparison.Ordinal)]);
}
