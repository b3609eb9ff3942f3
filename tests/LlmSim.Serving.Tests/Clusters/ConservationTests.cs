using LlmSim.Execution.StepCosts;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Results;
using LlmSim.Serving.Routers;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Clusters;

/// <summary>What has to hold in every run, whatever the policy: over random scenarios with scarce memory, seats and budgets.</summary>
public class ConservationTests
{
    public static TheoryData<string> Policies => [.. BatchingPolicies.Names];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Requests_blocks_and_time_are_conserved(string policy) =>
        Scenarios.ForAll(Scenarios.Any(policy), 100, 7, (scenario, _) => Check(scenario, Cluster(scenario, policy, new LinearCost())));

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_same_holds_with_several_batches_in_a_pipeline(string policy)
    {
        var costs = new IStepCost[] { new StagedCost(new LinearCost(), 1, 1), new StagedCost(new LinearCost(), 1, 2, 3), new StagedCost(new LinearCost(), 1, 1, 1, 1) };
        Scenarios.ForAll(Scenarios.Any(policy), 60, 17, (scenario, run) => Check(scenario, Cluster(scenario, policy, costs[run % costs.Length])));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_same_holds_with_several_outputs_of_a_prompt_and_stages(string policy)
    {
        var costs = new IStepCost[] { new LinearCost(), new StagedCost(new LinearCost(), 1, 1) };
        Scenarios.ForAll(Scenarios.Sampling(policy), 60, 27, (scenario, run) => Check(scenario, Cluster(scenario, policy, costs[run % costs.Length])));
    }

    [Theory]
    [InlineData("vllm-v1")]
    [InlineData("sglang")]
    [InlineData("prefill-decode")]
    public void The_same_holds_behind_every_router_of_unequal_replicas(string policy)
    {
        var names = RoutingPolicies.Names.ToList();
        Scenarios.ForAll(Scenarios.Any(policy), 80, 11, (scenario, run) =>
        {
            var one = Cluster(scenario, policy, new LinearCost()).Replicas;
            var more = one.Select(r => r with { Engine = r.Engine with { KvBlocks = 3 * r.Engine.KvBlocks, MaxSequences = 5 } });
            var cluster = new ClusterSettings { Replicas = [.. one, .. more], Router = names[run % names.Count], KvLink = Link };
            Check(scenario, cluster);
        });
    }

    private static KvLink Link { get; } = new() { BytesPerSecond = 50e9, LatencyNanoseconds = 20_000, OverlappedLayers = 8 };

    private static ClusterSettings Cluster(Scenario scenario, string policy, IStepCost cost)
    {
        if (policy != "prefill-decode") return ClusterSettings.Uniform(1, new ReplicaSettings(scenario.Settings, cost));
        string[] roles = scenario.Requests.Count % 3 == 0 ? ["prefill", "decode"] : scenario.Requests.Count % 3 == 1 ? ["prefill", "decode", "mixed", "prefill"] : ["mixed"];
        return new ClusterSettings { Replicas = [.. roles.Select(role => new ReplicaSettings(scenario.Settings with { Role = role }, cost))], KvLink = Link };
    }

    private static void Check(Scenario scenario, ClusterSettings cluster)
    {
        var source = new ListSource(scenario.Requests);
        var recorder = new Recorder();
        var simulation = new Simulation(cluster, source, recorder);

        simulation.Run();

        // Every request ends once, and the source hears of it once.
        Assert.Equal(scenario.Requests.Count, recorder.Requests.Select(r => r.Request.Id).Distinct().Count());
        Assert.Equal(scenario.Requests.Count, recorder.Requests.Count);
        Assert.Equal(scenario.Requests.Count, source.Ended.Count);
        Assert.DoesNotContain(recorder.Requests, r => r.Status == RequestStatus.Unfinished);
        Assert.Equal(0, simulation.Outstanding);
        // No request runs backwards, and tokens out are tokens asked: one at the first token, one for each gap.
        var finished = recorder.Requests.Where(r => r.Status == RequestStatus.Finished).ToList();
        Assert.All(finished, r => Assert.True(
            r.Request.ArrivalNanoseconds <= r.FirstScheduledNanoseconds && r.FirstScheduledNanoseconds < r.FirstTokenNanoseconds
            && (r.Request.OutputTokens == 1 ? r.FirstTokenNanoseconds == r.FinishNanoseconds : r.FirstTokenNanoseconds < r.FinishNanoseconds)));
        Assert.Equal(finished.Sum(r => r.Request.AllOutputTokens - 1L - r.Request.MoreOutputTokens.Length), simulation.TokenGaps.Count);
        if (simulation.TokenGaps.Count > 0 && finished.All(r => r.Request.MoreOutputTokens.Length == 0)) Assert.Equal(finished.Sum(r => (double)(r.FinishNanoseconds - r.FirstTokenNanoseconds)), simulation.TokenGaps.MeanNanoseconds * simulation.TokenGaps.Count, 1 + 1e-9 * simulation.NowNanoseconds * finished.Count);
        Little(scenario, cluster, recorder.Requests);
        for (var i = 0; i < simulation.Replicas; i++)
        {
            var totals = simulation.Totals(i);
            var load = simulation.Load(i);
            Assert.Equal(totals.BlocksTaken, totals.BlocksReleased);
            Assert.Equal((0, 0, 0, 0L), (load.Running, load.Waiting, load.Swapped, load.KvBlocksUsed));
            Assert.InRange(totals.PeakKvBlocks, 0, totals.KvBlocks);
            Assert.InRange(totals.PeakSwappedBlocks, 0, cluster.Replicas[i].Engine.SwapBlocks ?? 0);
            var mine = recorder.Iterations.Where(it => it.Replica == i).ToList();
            Assert.Equal(totals.Iterations, mine.Sum(it => it.Iterations));
            Assert.Equal(totals.BusyNanoseconds, Covered(mine));
            var stages = cluster.Replicas[i].Cost.Stages;
            Assert.All(mine, it => Assert.InRange(it.Lane, 0, stages - 1));
            foreach (var lane in mine.GroupBy(it => it.Lane))
                Assert.All(lane.Zip(lane.Skip(1)), pair => Assert.True(pair.First.EndNanoseconds <= pair.Second.StartNanoseconds));
            Assert.InRange(totals.StageNanoseconds, 0, stages * totals.BusyNanoseconds);
            Assert.All(mine, it => Assert.InRange(it.KvBlocksUsed, 0, totals.KvBlocks));
            Assert.All(mine, it => Assert.InRange(it.Running, 0, cluster.Replicas[i].Engine.MaxSequences!.Value));
            if (cluster.Replicas.Count == 1) WorkConserving(finished, [.. mine.OrderBy(it => it.StartNanoseconds)]);
        }
    }

    /// <summary>Little's law, exactly: the requests inside, seen at every moment at which somebody comes or goes, over time, are the times that they spend inside.</summary>
    private static void Little(Scenario scenario, ClusterSettings cluster, List<RequestRecord> records)
    {
        var simulation = new Simulation(cluster, new ListSource(scenario.Requests));
        var (inside, before) = (0L, 0L);
        foreach (var moment in records.SelectMany(r => new[] { r.Request.ArrivalNanoseconds, r.FinishNanoseconds }).Distinct().Order())
        {
            // Up to the moment, and not yet what happens at it.
            simulation.AdvanceTo(moment);
            inside += simulation.Outstanding * (moment - before);
            before = moment;
        }

        Assert.Equal(records.Sum(r => r.FinishNanoseconds - r.Request.ArrivalNanoseconds), inside);
    }

    /// <summary>A single replica is never idle while somebody is there: whoever is inside is waiting for or in an iteration.</summary>
    private static void WorkConserving(List<RequestRecord> finished, List<IterationRecord> iterations)
    {
        var free = 0L;
        foreach (var iteration in iterations)
        {
            var (idleFrom, idleTo) = (free, iteration.StartNanoseconds);
            if (idleTo > idleFrom)
                Assert.DoesNotContain(finished, r => r.Request.ArrivalNanoseconds < idleTo && r.FinishNanoseconds > idleFrom);
            free = Math.Max(free, iteration.EndNanoseconds);
        }
    }

    /// <summary>Time in which at least one iteration was under way.</summary>
    private static long Covered(List<IterationRecord> iterations)
    {
        var (sum, until) = (0L, 0L);
        foreach (var iteration in iterations.OrderBy(it => it.StartNanoseconds))
        {
            sum += Math.Max(0, iteration.EndNanoseconds - Math.Max(until, iteration.StartNanoseconds));
            until = Math.Max(until, iteration.EndNanoseconds);
        }

        return sum;
    }
}
