using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Policies;

/// <summary>For each policy, behaviour that distinguishes it; every policy is put through every test, and only its own may pass.</summary>
public class BehaviourMatrixTests
{
    private static readonly Dictionary<string, Func<string, bool>> _tests = new()
    {
        ["static"] = RunsABatchAloneToItsEnd,
        ["orca"] = ReservesTheMaximumLengthYetAdmitsBetweenIterations,
        ["vllm-v0"] = StallsDecodesBehindEveryPrompt,
        ["vllm-v1"] = AllocatesByTheChunkAndPreemptsTheNewest,
        ["sarathi"] = SharesTheBudgetAndAllocatesWholePrompts,
        ["fastgen"] = PacksToTheBudgetAndLetsDecodesSitOut,
        ["lightllm"] = TriesPromptsOnlyEverySixDecodes,
        ["sglang"] = PutsTheLongestCachedPrefixFirst,
        ["prefill-decode"] = PreemptsDecodesFourTimesThenShares,
    };

    public static TheoryData<string, string> Cells()
    {
        var cells = new TheoryData<string, string>();
        foreach (var test in _tests.Keys)
            foreach (var policy in BatchingPolicies.Names)
                cells.Add(test, policy);
        return cells;
    }

    [Fact]
    public void Every_policy_has_its_test() => Assert.Equal(BatchingPolicies.Names.Order(), _tests.Keys.Order());

    [Theory]
    [MemberData(nameof(Cells))]
    public void Only_its_own_policy_passes(string test, string policy) => Assert.Equal(test == policy, _tests[test](policy));

    private static bool RunsABatchAloneToItsEnd(string policy)
    {
        var run = Run(policy, new EngineSettings { MaxSequences = 2, MaxLength = 100 }, tokens: 16_000, R(0, 10, 2), R(0, 10, 50), R(15, 10, 5));
        // The first request's slot is free early, but nobody takes it.
        return run[0].FinishNanoseconds < run[1].FinishNanoseconds && run[2].FirstScheduledNanoseconds >= run[1].FinishNanoseconds;
    }

    private static bool ReservesTheMaximumLengthYetAdmitsBetweenIterations(string policy)
    {
        // Room for 25 blocks of 16 tokens, 10 reserved for each: two run, though all three would fit; the third follows the first at once.
        var run = Run(policy, new EngineSettings { MaxLength = 160 }, tokens: 400, R(0, 10, 5), R(0, 10, 60), R(0, 10, 5));
        return run.Iterations.Max(i => i.Running) == 2 && run[2].FirstScheduledNanoseconds == run[0].FinishNanoseconds && run[0].FinishNanoseconds < run[1].FinishNanoseconds;
    }

    private static bool StallsDecodesBehindEveryPrompt(string policy)
    {
        var run = Prompts(policy);
        return run.Windows(6).Any(window => window.All(i => i is { PrefillTokens: 50, DecodeSequences: 0 }));
    }

    private static bool PreemptsDecodesFourTimesThenShares(string policy)
    {
        var run = Prompts(policy);
        return run.Windows(5).Any(window => window.Take(4).All(i => i is { PrefillTokens: 50, DecodeSequences: 0 }) && window[4] is { PrefillTokens: 50, DecodeSequences: > 0 });
    }

    private static bool AllocatesByTheChunkAndPreemptsTheNewest(string policy)
    {
        var run = Run(policy, new EngineSettings { MaxBatchTokens = 64, MaxLength = 136 }, tokens: 272, R(0, 90, 45), R(0, 90, 45));
        return run.Iterations[0] is { PrefillTokens: 64, KvBlocksUsed: 4 } && run[0].Preemptions == 0 && run[1].Preemptions == 1;
    }

    private static bool SharesTheBudgetAndAllocatesWholePrompts(string policy)
    {
        var run = Run(policy, new EngineSettings { MaxBatchTokens = 64, MaxLength = 256 }, tokens: 4096, R(0, 10, 60), R(15, 200, 5));
        var first = run.Iterations.FirstOrDefault(i => i.PrefillTokens > 10);
        return first is { DecodeSequences: 1, PrefillTokens: 63, KvBlocksUsed: 14 };
    }

    private static bool PacksToTheBudgetAndLetsDecodesSitOut(string policy)
    {
        var run = Run(policy, new EngineSettings { MaxBatchTokens = 64, MaxLength = 136 }, tokens: 272, R(0, 90, 45), R(0, 90, 45));
        // The second prompt fills what the first leaves of the budget; later one decodes while the other, still running, waits for a block.
        return run.Iterations[1] is { PrefillTokens: 64, PrefillSequences: 2 } && run.Requests.All(r => r.Preemptions == 0)
            && run.Iterations.Any(i => i is { Running: 2, PrefillTokens: 0, BatchSize: 1 });
    }

    private static bool TriesPromptsOnlyEverySixDecodes(string policy)
    {
        var run = Run(policy, new EngineSettings { MaxLength = 128 }, tokens: 4096, R(0, 10, 60), R(25, 10, 5));
        var second = run.Iterations.FindIndex(1, i => i.PrefillTokens > 0);
        return run.Iterations.Take(second).Skip(1).Sum(i => i.Iterations) == 6;
    }

    private static bool PutsTheLongestCachedPrefixFirst(string policy)
    {
        long[] shared = [1, 2, 3, 4];
        Request Sharing(int at, int output) => R(at, 70, output) with { PrefixBlocks = shared, PrefixBlockTokens = 16 };
        var run = Run(policy, new EngineSettings { MaxSequences = 1, MaxLength = 128 }, tokens: 4096, Sharing(0, 20), R(1, 70, 5), Sharing(2, 5));
        return run[2].CachedTokens > 0 && run[2].FirstScheduledNanoseconds < run[1].FirstScheduledNanoseconds;
    }

    /// <summary>Six prompts of 50 tokens reach a decoding request at once; the budget of 64 takes one whole prompt at a time.</summary>
    private static Outcome Prompts(string policy) =>
        Run(policy, new EngineSettings { MaxBatchTokens = 64, MaxLength = 128 }, tokens: 4096, R(0, 10, 60), R(25, 50, 9), R(25, 50, 9), R(25, 50, 9), R(25, 50, 9), R(25, 50, 9), R(25, 50, 9));

    private static Request R(int atMilliseconds, int prompt, int output) =>
        new() { Id = 0, ArrivalNanoseconds = atMilliseconds * 1_000_000L, PromptTokens = prompt, OutputTokens = output };

    private static Outcome Run(string policy, EngineSettings settings, int tokens, params Request[] requests)
    {
        var block = policy is "lightllm" or "sglang" ? 1 : 16;
        var full = settings with { Policy = policy, BlockTokens = block, KvBlocks = tokens / block };
        var recorder = new Recorder();
        var source = new ListSource(requests.Select((request, id) => request with { Id = id }));
        new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(full, new Constant())), source, recorder).Run();
        return new Outcome([.. recorder.Requests.OrderBy(r => r.Request.Id)], recorder.Iterations);
    }

    private sealed record Outcome(List<RequestRecord> Requests, List<IterationRecord> Iterations)
    {
        public RequestRecord this[int id] => Requests[id];

        public IEnumerable<IterationRecord[]> Windows(int size) =>
            Enumerable.Range(0, Math.Max(0, Iterations.Count - size + 1)).Select(at => Iterations.GetRange(at, size).ToArray());
    }

    private sealed class Constant : IStepCost
    {
        public BatchNeeds Needs => BatchNeeds.None;

        public long Nanoseconds(in BatchShape batch) => 10_000_000;
    }
}
