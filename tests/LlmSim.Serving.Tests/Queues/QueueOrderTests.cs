using LlmSim.Serving.Clusters;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Queues;

/// <summary>In which order requests that wait behind one long one are served, one at a time.</summary>
public class QueueOrderTests
{
    public static TheoryData<string, string> Offered()
    {
        var offered = new TheoryData<string, string>();
        foreach (var policy in BatchingPolicies.All)
            foreach (var order in policy.QueueOrders)
                if (QueueOrders.Common.Contains(order)) offered.Add(policy.Name, QueueOrders.Name(order));
        return offered;
    }

    [Theory]
    [MemberData(nameof(Offered))]
    public void Common_orders_are_the_same_in_every_policy(string policy, string order)
    {
        var served = Serve(policy, order, [R(40, 3), R(30, 2), R(20, 1), R(20, 2)]);
        Assert.Equal(
            order switch
            {
                "fcfs" => [1, 2, 3, 4],
                "priority" => [3, 2, 4, 1],
                _ => [3, 4, 2, 1],
            }, served);
    }

    [Fact]
    public void Aging_lets_a_long_request_pass_shorter_ones_that_came_later()
    {
        // A second of waiting is worth 100 tokens: 60 tokens at 0 s against 10 tokens at 1 s.
        List<Request> requests = [R(60, 0, at: 1), R(10, 0, at: 1000), R(10, 0, at: 1200)];
        Assert.Equal([2, 3, 1], Serve("vllm-v1", "shortest-job", requests, first: 2000));
        Assert.Equal([1, 2, 3], Serve("vllm-v1", "aging", requests, first: 2000, aging: 100));
        Assert.Equal([2, 3, 1], Serve("vllm-v1", "aging", requests, first: 2000, aging: 1));
    }

    [Fact]
    public void A_predictor_that_errs_mixes_short_and_long()
    {
        List<Request> requests = [.. Enumerable.Range(0, 30).Select(i => R(30 - i, 0))];
        var truth = Serve("vllm-v1", "shortest-job", requests);
        Assert.Equal(Enumerable.Range(1, 30).Reverse(), truth);
        var guessed = Serve("vllm-v1", "shortest-job", requests, error: 1);
        Assert.NotEqual(truth, guessed);
        Assert.Equal(truth.Order(), guessed.Order());
    }

    [Fact]
    public void Sglang_serves_the_longest_output_first() => Assert.Equal([2, 4, 1, 3], Serve("sglang", "longest-output", [R(20, 0), R(40, 0), R(10, 0), R(30, 0)]));

    [Fact]
    public void Sglang_serves_the_longest_cached_prefix_first() =>
        // The first request leaves blocks 1 to 4 in the tree.
        Assert.Equal([3, 4, 1, 2], Serve("sglang", "lpm", [R(5, 0), P(5, 9), P(5, 1, 2, 3, 4), P(5, 1, 2)]));

    [Fact]
    public void Dfs_weight_serves_the_subtree_with_most_requests_as_one()
    {
        // Below the cached 1-2: one request goes on to 3-4, two end at 2; two know 1 only, one nothing. Depth first, the children before those that end at a node.
        Assert.Equal([4, 2, 5, 3, 6, 1], Serve("sglang", "dfs-weight", [R(5, 0), P(5, 1, 2), P(5, 1), P(5, 1, 2, 3, 4), P(5, 1, 2), P(5, 1)]));
        // The bigger family of two cached ones goes first although its match is shorter, until one of each is left and the first come is served.
        List<Request> families = [P(5, 1, 2, 3, 4), P(5, 71), P(5, 71), P(5, 71)];
        Assert.Equal([1, 2, 3, 4], Serve("sglang", "lpm", families, warm: [71]));
        Assert.Equal([2, 3, 1, 4], Serve("sglang", "dfs-weight", families, warm: [71]));
    }

    [Fact]
    public void Beyond_128_waiting_prefixes_are_not_matched()
    {
        List<Request> requests = [.. Enumerable.Range(0, 150).Select(_ => R(2, 0)), P(2, 1, 2, 3, 4)];
        var served = Serve("sglang", "lpm", requests);
        // 151 wait at first; when 128 are left the match is seen.
        Assert.Equal(Enumerable.Range(1, 23), served.Take(23));
        Assert.Equal(151, served[23]);
    }

    private static Request R(int output, int priority, int at = 2) => new() { Id = 0, ArrivalNanoseconds = at * 1_000_000L, PromptTokens = 70, OutputTokens = output, Priority = priority };

    private static Request P(int output, params long[] prefix) => R(output, 0) with { PrefixBlocks = prefix, PrefixBlockTokens = 16 };

    /// <summary>The ids in the order of their first iteration, behind a first request that has blocks 1 to 4 and runs for so many milliseconds.</summary>
    private static List<int> Serve(string policy, string order, List<Request> requests, int first = 100, double error = 0, double aging = 10, long[]? warm = null)
    {
        var recorder = new Recorder(iterations: false);
        var settings = new EngineSettings
        {
            Policy = policy,
            QueueOrder = order,
            KvBlocks = policy is "sglang" or "lightllm" ? 100_000 : 10_000,
            MaxSequences = 1,
            MaxLength = 4096,
            PredictorError = error,
            AgingTokensPerSecond = aging,
        };
        var cost = new LinearCost(1_000_000, 0, 0);
        List<Request> all = [P(first, 1, 2, 3, 4) with { ArrivalNanoseconds = 0 }, .. requests];
        if (warm is not null) all.Insert(0, P(1, warm) with { ArrivalNanoseconds = 0 });
        var skipped = all.Count - requests.Count;
        new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, cost)), new ListSource(all.Select((r, i) => r with { Id = i - skipped + 1 })), recorder).Run();
        return [.. recorder.Requests.Where(r => r.Request.Id > 0).OrderBy(r => r.FirstScheduledNanoseconds).Select(r => (int)r.Request.Id)];
    }
}
