using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Engines;

/// <summary>Several batches in flight through the stages of a pipeline.</summary>
public class PipelineTests
{
    private const int Seats = 16;

    [Theory]
    [InlineData("vllm-v0", 2)]
    [InlineData("vllm-v1", 2)]
    [InlineData("sarathi", 4)]
    [InlineData("orca", 4)]
    [InlineData("fastgen", 3)]
    public void Balanced_stages_give_as_many_times_the_throughput_of_one_batch_at_a_time(string policy, int stages)
    {
        var shares = Enumerable.Repeat(1L, stages).ToArray();
        var one = Saturate(policy, Seats, batches: 1, shares);
        var all = Saturate(policy, stages * Seats, batches: null, shares);

        // One batch leaves all stages but one idle. A full pipeline is idle while it fills and drains, and where a batch with prompts holds up those behind it.
        Assert.Equal(1 - 1.0 / stages, one.Bubble, 9);
        Assert.InRange(all.Bubble, 0, 0.035);
        Assert.Equal(stages * (1 - all.Bubble), one.Nanoseconds / (double)all.Nanoseconds, 0.002 * stages);
    }

    [Theory]
    [InlineData("1 3")]
    [InlineData("2 1 1")]
    public void The_slowest_stage_limits_the_throughput(string stages)
    {
        long[] shares = [.. stages.Split(' ').Select(long.Parse)];
        var one = Saturate("vllm-v1", Seats, batches: 1, shares);
        var all = Saturate("vllm-v1", shares.Length * Seats, batches: null, shares);
        var gain = shares.Sum() / (double)shares.Max();
        Assert.InRange(one.Nanoseconds / (double)all.Nanoseconds / gain, 0.97, 1.001);
        Assert.InRange(all.Bubble, 1 - gain / shares.Length - 0.001, 1 - gain / shares.Length + 0.03);
    }

    [Fact]
    public void A_request_alone_passes_all_stages_one_after_another()
    {
        var cost = new LinearCost();
        var recorder = new Recorder();
        var pipeline = new StagedCost(cost, 1, 2, 3);
        new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(new EngineSettings { KvBlocks = 100 }, pipeline)), new ListSource([R(0, 100, 5)]), recorder).Run();
        var record = recorder.Requests.Single();
        Assert.Equal(pipeline.Nanoseconds(BatchShape.UniformPrefill(1, 100, cost.Needs)), record.FirstTokenNanoseconds);
        Assert.All(recorder.Iterations, i => Assert.Equal(0, i.Lane));
    }

    [Fact]
    public void A_request_that_comes_meanwhile_goes_through_the_next_lane_right_behind()
    {
        // Two stages of 5 ms each: the second request enters the first stage when the first request has left it.
        var recorder = new Recorder();
        new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(new EngineSettings { KvBlocks = 100 }, new StagedCost(new Constant(), 1, 1))), new ListSource([R(0, 10, 3), R(2, 10, 3)]), recorder).Run();
        Assert.Equal(
            [(0, 0L, 10L), (1, 2, 15), (0, 10, 20), (1, 15, 25), (0, 20, 30), (1, 25, 35)],
            recorder.Iterations.OrderBy(i => i.StartNanoseconds).SelectMany(Single).Order(Comparer<(int Lane, long Start, long End)>.Create((a, b) => a.Start.CompareTo(b.Start))));
        IEnumerable<(int, long, long)> Single(IterationRecord i)
        {
            var length = (i.EndNanoseconds - i.StartNanoseconds) / i.Iterations / 1_000_000;
            for (var k = 0; k < i.Iterations; k++) yield return (i.Lane, i.StartNanoseconds / 1_000_000 + k * length, i.StartNanoseconds / 1_000_000 + (k + 1) * length);
        }
    }

    [Fact]
    public void Seats_of_a_batch_are_shared_out_or_given()
    {
        int Most(string policy, int? perBatch)
        {
            var recorder = new Recorder();
            var settings = new EngineSettings { Policy = policy, KvBlocks = 1000, MaxSequences = 8, MaxBatchTokens = 4096, MaxBatchSequences = perBatch, MaxLength = 100 };
            new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, new StagedCost(new Constant(), 1, 1))), new ListSource(Enumerable.Range(0, 20).Select(_ => R(0, 10, 5))), recorder).Run();
            Assert.Equal(8, recorder.Iterations.Max(i => i.Running));
            return recorder.Iterations.Max(i => i.BatchSize);
        }

        Assert.Equal((4, 8, 6), (Most("sarathi", null), Most("vllm-v1", null), Most("sarathi", 6)));
    }

    [Fact]
    public void Host_time_hides_behind_the_stages_of_other_batches()
    {
        var settings = new EngineSettings { KvBlocks = 10_000, MaxSequences = 2, MaxBatchSequences = 1, HostNanoseconds = 3_000_000 };
        var simulation = new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, new StagedCost(new Constant(), 1, 1))), new ListSource([R(0, 10, 1001), R(0, 10, 1001)]));
        simulation.Run();
        // Each batch takes 3 ms on the host and 5 ms on each of two stages: of 13 ms the first stage works 10, so nothing waits but the batch itself.
        Assert.InRange(simulation.NowNanoseconds / 1e6, 13_000, 13_030);
    }

    private static (long Nanoseconds, double Bubble) Saturate(string policy, int seats, int? batches, long[] shares)
    {
        const int output = 50;
        var requests = Enumerable.Range(0, 4000).Select(_ => R(0, 100, output));
        var settings = new EngineSettings { Policy = policy, KvBlocks = 10_000, BlockTokens = 16, MaxSequences = seats, MaxBatchSequences = Seats, MaxBatchTokens = 2048, MaxLength = 150, BatchesInFlight = batches };
        var simulation = new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, new StagedCost(new Tokens(), shares))), new ListSource(requests.Select((r, i) => r with { Id = i })));
        simulation.Run();
        Assert.Equal(4000, simulation.Finished);
        var totals = simulation.Totals(0);
        return (simulation.NowNanoseconds, 1 - totals.StageNanoseconds / (double)(totals.Stages * totals.BusyNanoseconds));
    }

    private static Request R(int atMilliseconds, int prompt, int output) => new() { Id = atMilliseconds, ArrivalNanoseconds = atMilliseconds * 1_000_000L, PromptTokens = prompt, OutputTokens = output };

    private sealed class Constant : IStepCost
    {
        public BatchNeeds Needs => BatchNeeds.None;

        public long Nanoseconds(in BatchShape batch) => 10_000_000;
    }

    /// <summary>A constant and so much a token, divisible by all shares.</summary>
    private sealed class Tokens : IStepCost
    {
        public BatchNeeds Needs => BatchNeeds.None;

        public long Nanoseconds(in BatchShape batch) => 12_000_000 + 12_000 * batch.Tokens;
    }
}
