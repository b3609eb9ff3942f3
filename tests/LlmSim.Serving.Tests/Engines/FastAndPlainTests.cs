using LlmSim.Execution.StepCosts;
using LlmSim.Files;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Serving.Tests.Plain;

namespace LlmSim.Serving.Tests.Engines;

/// <summary>The engine with O(1) decode iterations against the one that does everything token by token.</summary>
public class FastAndPlainTests
{
    // Those that work on a replica alone.
    public static TheoryData<string> Policies => [.. BatchingPolicies.Names.Where(name => name != "prefill-decode")];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Both_engines_agree_in_everything(string policy) =>
        Scenarios.ForAll(Scenarios.Any(policy), 150, 42, (scenario, _) => Compare(scenario, new LinearCost()));

    [Theory]
    [InlineData("orca")]
    [InlineData("vllm-v0")]
    [InlineData("vllm-v1")]
    [InlineData("sarathi")]
    [InlineData("fastgen")]
    public void They_agree_with_several_batches_in_a_pipeline_too(string policy)
    {
        var costs = new IStepCost[] { new StagedCost(new LinearCost(), 1, 1), new StagedCost(new LinearCost(), 2, 3, 1), new StagedCost(new LinearCost(), 1, 1, 1, 1) };
        Scenarios.ForAll(Scenarios.Any(policy), 100, 44, (scenario, run) =>
        {
            var settings = scenario.Settings with { BatchesInFlight = run % 5 == 0 ? 2 : null, MaxBatchSequences = run % 3 == 0 ? 4 : null };
            Compare(scenario with { Settings = settings }, costs[run % costs.Length]);
        });
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void They_agree_where_prompts_have_several_outputs(string policy) =>
        Scenarios.ForAll(Scenarios.Sampling(policy), 120, 46, (scenario, _) => Compare(scenario, new LinearCost()));

    private static void Compare(Scenario scenario, IStepCost cost)
    {
        var errors = new InputErrors();
        var configuration = EngineConfiguration.Resolve(scenario.Settings, "test", "engine", errors);
        errors.ThrowIfAny();
        var plain = Make(configuration!, cost, scenario);
        var recorder = new Recorder();
        var fast = new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(scenario.Settings, cost)), new ListSource(scenario.Requests), recorder);

        plain.Run();
        fast.Run();

        var records = recorder.Requests.ToDictionary(record => record.Request.Id);
        foreach (var expected in plain.All)
        {
            var actual = records[expected.Request.Id];
            Assert.Equal(expected.Rejected ? RequestStatus.Rejected : RequestStatus.Finished, actual.Status);
            if (expected.Rejected) continue;
            Assert.Equal(
                (expected.Request.Id, expected.FirstScheduled, expected.FirstToken, expected.Finish, expected.Outputs.Count > 0 ? expected.Outputs.Sum(o => o.Preemptions) : expected.Preemptions, expected.Cached, expected.Recomputed),
                (actual.Request.Id, actual.FirstScheduledNanoseconds, actual.FirstTokenNanoseconds, actual.FinishNanoseconds, actual.Preemptions, actual.CachedTokens, actual.RecomputedTokens));
        }

        var totals = fast.Totals(0);
        Assert.Equal(
            (plain.Totals.Iterations, plain.Totals.BusyNanoseconds, plain.Totals.SequenceIterations, plain.Totals.Pairs, plain.Totals.ContextTokens, plain.Totals.Preemptions, plain.Totals.PrefixHitTokens),
            (totals.Iterations, totals.BusyNanoseconds, totals.SequenceIterations, totals.Pairs, totals.ContextTokens, totals.Preemptions, totals.PrefixHitTokens));
        Assert.Equal(plain.Totals.KvBlockNanoseconds, totals.KvBlockNanoseconds, plain.Totals.KvBlockNanoseconds * 1e-12);
        Assert.Equal(plain.Copied, totals.BlocksCopied);
        Assert.Equal(configuration!.KvBlocks - plain.LeastFree, totals.PeakKvBlocks);
        Assert.Equal((plain.Gaps.Count, plain.Gaps.MaxNanoseconds, plain.Gaps.Quantile(0.5)), (fast.TokenGaps.Count, fast.TokenGaps.MaxNanoseconds, fast.TokenGaps.Quantile(0.5)));
    }

    private static PlainEngine Make(EngineConfiguration c, IStepCost cost, Scenario scenario) => c.Policy.Name switch
    {
        "static" => new PlainReserving(c, cost, scenario.Requests, whole: true),
        "orca" => new PlainReserving(c, cost, scenario.Requests, whole: false),
        "vllm-v0" => new PlainVllmV0(c, cost, scenario.Requests),
        "vllm-v1" => new PlainVllmV1(c, cost, scenario.Requests),
        "sarathi" => new PlainSarathi(c, cost, scenario.Requests),
        "fastgen" => new PlainFastGen(c, cost, scenario.Requests),
        "lightllm" => new PlainLightLlm(c, cost, scenario.Requests),
        _ => new PlainSglang(c, cost, scenario.Requests),
    };
}
