using LlmSim.Serving.Policies;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Runs;

/// <summary>Azure's production traces run to their end under every policy.</summary>
public sealed class AzureTraceTests
{
    public static TheoryData<string> Policies => [.. BatchingPolicies.Names];

    private static RunResult Run(string trace, params string[] sets) => ScenarioRun.Execute(ScenarioFile.Load(
        Repository.Path("scenarios/quick-start.json"),
        ["workload.trace=" + SharedData.Path("data/traces/azure2023/" + trace), "workload.arrivals=null", "workload.lengths=null", "workload.requests=null", "engine.maxLength=16384", .. sets]));

    [SharedTheory]
    [MemberData(nameof(Policies))]
    public void The_code_trace_completes_on_one_A100(string policy)
    {
        string[] sets = policy == "prefill-decode"
            ? ["engine.policy=prefill-decode", "groups=[{\"engine\":{\"role\":\"prefill\"}},{\"engine\":{\"role\":\"decode\"}}]"] : ["engine.policy=" + policy];
        var run = Run("AzureLLMInferenceTrace_code.csv", sets);
        Assert.Equal((8819, 0, 0), (run.Summary.Requests.Completed, run.Summary.Requests.Rejected, run.Summary.Requests.Unfinished));
        // No request is lost or counted twice, and no time runs backwards.
        Assert.Equal(8819, run.Rows.Select(r => r.Id).Distinct().Count());
        Assert.All(run.Rows, r => Assert.True(r.ArrivalNanoseconds <= r.FirstScheduledNanoseconds && r.FirstScheduledNanoseconds < r.FirstTokenNanoseconds && r.FirstTokenNanoseconds <= r.FinishNanoseconds));
    }

    [SharedFact]
    public void The_conversation_trace_completes_on_70B_over_four_H100()
    {
        var run = Run("AzureLLMInferenceTrace_conv.csv.gz", "model=llama-2-70b", "machine.hardware=h100-80gb-sxm", "machine.tensorParallel=4", "engine.maxBatchTokens=8192");
        Assert.Equal(19366, run.Summary.Requests.Completed);
    }

    [SharedFact]
    public void A_peak_beyond_one_A100_is_called_saturation_and_an_H100_takes_it()
    {
        Assert.True(Run("AzureLLMInferenceTrace_conv.csv.gz").Summary.Saturated);
        Assert.False(Run("AzureLLMInferenceTrace_conv.csv.gz", "machine.hardware=h100-80gb-sxm").Summary.Saturated);
    }
}
