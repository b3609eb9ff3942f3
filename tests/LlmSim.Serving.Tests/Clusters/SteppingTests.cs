using FsCheck.Fluent;
using LlmSim.Kernel.Chance;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Tests.Clusters;

/// <summary>A simulation that is advanced piece by piece, its arrivals told only when their time has come, gives what one run gives.</summary>
public class SteppingTests
{
    [Theory]
    [InlineData("vllm-v1", 1)]
    [InlineData("vllm-v1", 3)]
    [InlineData("sarathi", 1)]
    [InlineData("sglang", 2)]
    [InlineData("static", 1)]
    [InlineData("vllm-v1", 2, 3)]
    [InlineData("sarathi", 1, 2)]
    [InlineData("fastgen", 1, 2)]
    public void Advancing_piece_by_piece_equals_one_run(string policy, int replicas, int stages = 1) =>
        Scenarios.ForAll(Scenarios.Any(policy), 60, 3, (scenario, _) =>
        {
            var cluster = ClusterSettings.Uniform(replicas, new ReplicaSettings(scenario.Settings, new StagedCost(new LinearCost(), [.. Enumerable.Range(1, stages).Select(s => (long)s)])), "least-outstanding");
            var whole = new Recorder(iterations: false);
            var batch = new Simulation(cluster, new ListSource(scenario.Requests), whole);
            batch.Run();

            var pieces = new Recorder(iterations: false);
            var late = new ListSource([]);
            var stepped = new Simulation(cluster, late, pieces);
            var chance = new RandomStream((ulong)scenario.Requests.Count);
            foreach (var request in scenario.Requests)
            {
                // Some steps on the way, then up to the very moment of arrival, which is only told then.
                var now = stepped.NowNanoseconds;
                for (var i = 0; i < 3 && request.ArrivalNanoseconds > now; i++) stepped.AdvanceTo(now + chance.NextLong(request.ArrivalNanoseconds - now + 1));
                stepped.AdvanceTo(request.ArrivalNanoseconds);
                Assert.Equal(request.ArrivalNanoseconds, stepped.NowNanoseconds);
                late.Add(request);
            }

            stepped.Run();

            Assert.Equal(whole.Requests, pieces.Requests);
            for (var i = 0; i < replicas; i++) Assert.Equal(batch.Totals(i), stepped.Totals(i));
        });

    [Fact]
    public void The_same_seed_gives_the_same_and_another_seed_another_run()
    {
        var scenario = Scenarios.Any("vllm-v1").Sample(1, 1).Single();
        var many = Enumerable.Range(0, 60).Select(i => new Workloads.Requests.Request { Id = i, ArrivalNanoseconds = i * 1000, PromptTokens = 20, OutputTokens = 5 + i % 7 }).ToList();
        List<RequestRecord> Run(ulong seed)
        {
            var recorder = new Recorder();
            var settings = scenario.Settings with { KvBlocks = 2000, QueueOrder = "shortest-job", PredictorError = 0.5, MaxSequences = 2 };
            new Simulation(ClusterSettings.Uniform(3, new ReplicaSettings(settings, new LinearCost()), "random") with { Seed = seed }, new ListSource(many), recorder).Run();
            return recorder.Requests;
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }
}
