using LlmSim.Serving.Policies;
using LlmSim.Serving.Results;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Runs;

/// <summary>Azure's production traces run to their end under every policy on every system: 54 runs, <c>prefill-decode</c> on two pools.</summary>
public sealed class AzureTraceTests
{
    private static readonly Dictionary<string, string[]> s_systems = new()
    {
        ["7B on an A100"] = ["model=llama-2-7b", "machine.hardware=a100-80gb-sxm"],
        ["7B on an H100"] = ["model=llama-2-7b", "machine.hardware=h100-80gb-sxm"],
        ["70B on four A100"] = ["model=llama-2-70b", "machine.hardware=a100-80gb-sxm", "machine.tensorParallel=4"],
    };

    // Rows of the files, and the sums of their columns.
    private static readonly Dictionary<string, (int Requests, long Prompts, long Outputs)> s_traces = new()
    {
        ["AzureLLMInferenceTrace_conv.csv.gz"] = (19366, 22361870, 4088665),
        ["AzureLLMInferenceTrace_code.csv"] = (8819, 18059974, 245896),
    };

    public static TheoryData<string, string, string> Cells()
    {
        var cells = new TheoryData<string, string, string>();
        foreach (var trace in s_traces.Keys)
            foreach (var system in s_systems.Keys)
                foreach (var policy in BatchingPolicies.Names)
                    cells.Add(trace, system, policy);
        return cells;
    }

    [SharedTheory]
    [MemberData(nameof(Cells))]
    public void Every_request_ends_once_with_all_its_tokens(string trace, string system, string policy)
    {
        string[] pools = policy == "prefill-decode" ? ["groups=[{\"engine\":{\"role\":\"prefill\"}},{\"engine\":{\"role\":\"decode\"}}]"] : [];
        var run = Run(trace, [.. s_systems[system], "engine.policy=" + policy, .. pools]);

        var (requests, prompts, outputs) = s_traces[trace];
        Assert.Equal(Enumerable.Range(0, requests).Select(i => (long)i), run.Rows.Select(r => r.Id));
        Assert.All(run.Rows, r => Assert.True(
            r.Status == RequestStatus.Finished && r.ArrivalNanoseconds <= r.FirstScheduledNanoseconds && r.FirstScheduledNanoseconds < r.FirstTokenNanoseconds
            && (r.OutputTokens == 1 ? r.FinishNanoseconds == r.FirstTokenNanoseconds : r.FinishNanoseconds > r.FirstTokenNanoseconds)));
        Assert.Equal((prompts, outputs), (run.Rows.Sum(r => (long)r.PromptTokens), run.Rows.Sum(r => (long)r.OutputTokens)));
        // What engines computed: every prompt token, and every output token but the first, which prompts bring. After preemptions tokens are computed again, some of them only in
        // part, and a recomputed prompt brings its next token without a decode.
        var least = prompts + outputs - requests;
        Assert.InRange(run.Totals.Sum(t => t.PrefillTokens + t.DecodeTokens), least - run.Rows.Sum(r => (long)r.Preemptions), least + run.Rows.Sum(r => r.RecomputedTokens));
        Assert.All(run.Totals, t => Assert.Equal(t.BlocksTaken, t.BlocksReleased));
        Assert.All(run.Totals, t => Assert.InRange(t.PeakKvBlocks, 1, t.KvBlocks));
    }

    [SharedFact]
    public void A_peak_beyond_one_A100_is_called_saturation_and_an_H100_takes_it()
    {
        Assert.True(Run("AzureLLMInferenceTrace_conv.csv.gz").Summary.Saturated);
        Assert.False(Run("AzureLLMInferenceTrace_conv.csv.gz", "machine.hardware=h100-80gb-sxm").Summary.Saturated);
    }

    private static RunResult Run(string trace, params string[] sets) => ScenarioRun.Execute(ScenarioFile.Load(
        Repository.Path("scenarios/quick-start.json"),
        [
            "workload.trace=" + SharedData.Path("data/traces/azure2023/" + trace), "workload.arrivals=null", "workload.lengths=null", "workload.requests=null",
            "workload.overlong=ignore-limit", "engine.maxLength=16384", .. sets,
        ]));
}
