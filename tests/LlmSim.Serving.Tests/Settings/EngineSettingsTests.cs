using LlmSim.Files;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Results;
using LlmSim.Serving.Routers;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Settings;

public class EngineSettingsTests
{
    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var settings = new EngineSettings
        {
            KvBlocks = -5,
            MaxBatchTokens = 0,
            MaxSequences = -1,
            BlockTokens = 0,
            Watermark = double.NaN,
            PredictorError = -1,
            LongPrefillTokens = -2,
            QueueOrder = "lifo",
            Preemption = "swap",
            HostNanoseconds = -1,
            CapturedBatchSizes = [4, 2],
            HostLinkBytesPerSecond = double.PositiveInfinity,
            NewTokenRatio = 2,
        };
        var cluster = new ClusterSettings { Replicas = [new ReplicaSettings(settings, new LinearCost())], Router = "nobody", File = "s.json" };

        var errors = Assert.Throws<InputException>(() => new Simulation(cluster, new ListSource([]))).Errors.Items;

        string[] members =
        [
            "router", "engine.kvBlocks", "engine.maxBatchTokens", "engine.maxSequences", "engine.blockTokens", "engine.watermark", "engine.predictorError",
            "engine.longPrefillTokens", "engine.queueOrder", "engine.kvBytesPerToken", "engine.hostLinkBytesPerSecond", "engine.hostNanoseconds",
            "engine.capturedBatchSizes", "engine.newTokenRatio",
        ];
        Assert.All(members, member => Assert.Contains(errors, e => e.Member == member && e.File == "s.json"));
    }

    [Fact]
    public void An_unknown_policy_names_the_known_ones()
    {
        var error = Assert.Throws<InputException>(() => Make(new EngineSettings { Policy = "vllm-v9", KvBlocks = 1 })).Errors.Items.Single();

        Assert.Contains("vllm-v1", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_policy_works_with_nothing_but_a_block_count()
    {
        foreach (var policy in BatchingPolicies.All)
        {
            var recorder = new Recorder();
            var requests = Enumerable.Range(0, 20).Select(i => new Request { Id = i, ArrivalNanoseconds = 1000 * i, PromptTokens = 50, OutputTokens = 20 });
            var blocks = 16_000 / (policy.Defaults.BlockTokens ?? 16);
            new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(new EngineSettings { Policy = policy.Name, KvBlocks = blocks }, new LinearCost())), new ListSource(requests), recorder).Run();
            Assert.Equal(20, recorder.Requests.Count(r => r.Status == RequestStatus.Finished));
        }
    }

    [Fact]
    public void Flags_name_members_that_exist()
    {
        var members = typeof(EngineSettings).GetProperties().Select(p => char.ToLowerInvariant(p.Name[0]) + p.Name[1..]).ToHashSet();

        foreach (var policy in BatchingPolicies.All)
            Assert.All(policy.Flags.Values, member => Assert.Contains(member, members));
    }

    [Fact]
    public void Names_are_distinct_and_found()
    {
        Assert.Equal(9, BatchingPolicies.Names.Distinct().Count());
        Assert.Equal(RoutingPolicies.All.Count, RoutingPolicies.Names.Distinct().Count());
        Assert.All(BatchingPolicies.Names, name => Assert.Equal(name, BatchingPolicies.Find(name)!.Defaults.Policy));
        Assert.All(RoutingPolicies.Names, name => Assert.NotNull(RoutingPolicies.Find(name)));
    }

    [Theory]
    [MemberData(nameof(PolicyNames))]
    public void A_request_that_can_never_be_held_is_rejected_and_the_others_go_on(string policy)
    {
        var recorder = new Recorder();
        Request[] requests = [Make(0, 3000, 10), Make(1, 20, 2000), Make(2, 20, 10)];
        var settings = new EngineSettings { Policy = policy, KvBlocks = 1000 / (BatchingPolicies.Find(policy)!.Defaults.BlockTokens ?? 16), MaxLength = 100 };
        var source = new ListSource(requests);
        var simulation = new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, new LinearCost())), source, recorder);

        simulation.Run();

        Assert.Equal([RequestStatus.Rejected, RequestStatus.Rejected, RequestStatus.Finished], recorder.Requests.OrderBy(r => r.Request.Id).Select(r => r.Status));
        Assert.Equal((2, 1), (simulation.Rejected, simulation.Finished));
        Assert.Equal(3, source.Ended.Count);
    }

    public static TheoryData<string> PolicyNames() => [.. BatchingPolicies.Names];

    [Fact]
    public void Captured_sizes_pad_the_tokens_of_pure_decodes_only()
    {
        var cost = new Logging();
        var settings = new EngineSettings { KvBlocks = 100, CapturedBatchSizes = [1, 2, 4, 8] };
        var requests = Enumerable.Range(0, 3).Select(i => Make(i, 20, 4)).Append(Make(3, 20, 2));
        new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, cost)), new ListSource(requests)).Run();

        Assert.Equal([80L, 4, 4, 4], cost.Tokens);
        Assert.Equal([4L, 4, 3, 3], cost.Sequences);
    }

    private static Simulation Make(EngineSettings settings) => new(ClusterSettings.Uniform(1, new ReplicaSettings(settings, new LinearCost())), new ListSource([]));

    private static Request Make(long id, int prompt, int output) => new() { Id = id, ArrivalNanoseconds = 0, PromptTokens = prompt, OutputTokens = output };

    private sealed class Logging : Execution.StepCosts.IStepCost
    {
        public List<long> Tokens { get; } = [];

        public List<long> Sequences { get; } = [];

        public Graphs.Batches.BatchNeeds Needs => Graphs.Batches.BatchNeeds.None;

        public long Nanoseconds(in Graphs.Batches.BatchShape batch)
        {
            Tokens.Add(batch.Tokens);
            Sequences.Add(batch.Sequences);
            return 1000;
        }
    }
}
