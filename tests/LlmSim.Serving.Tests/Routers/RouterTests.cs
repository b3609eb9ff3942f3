using FsCheck;
using FsCheck.Fluent;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Results;
using LlmSim.Serving.Routers;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Routers;

/// <summary>Which replica each router chooses, in scenarios small enough to follow by hand.</summary>
public class RouterTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void Round_robin_takes_turns() => Assert.Equal([0, 1, 2, 0, 1, 2, 0], Route("round-robin", 3, Burst(7)));

    [Fact]
    public void Least_outstanding_fills_the_emptiest_and_ties_go_to_the_first()
    {
        // The first two are long and occupy replicas 0 and 1; the short ones on 2 are gone when the last arrive.
        Assert.Equal([0, 1, 2, 2, 2], Route("least-outstanding", 3, [R(0, 10, 500), R(0, 10, 500), R(0, 10, 1), R(100, 10, 1), R(200, 10, 1)]));
        // By prompt tokens one long prompt outweighs two short ones.
        Assert.Equal([0, 1, 1, 1], Route("least-outstanding-tokens", 2, [R(0, 900, 500), R(0, 100, 500), R(0, 100, 500), R(0, 100, 500)]));
        Assert.Equal([0, 1, 0, 1], Route("least-outstanding", 2, [R(0, 900, 500), R(0, 100, 500), R(0, 100, 500), R(0, 100, 500)]));
    }

    [Theory]
    [InlineData("least-outstanding")]
    [InlineData("least-outstanding-tokens")]
    [InlineData("session-affinity")]
    public void The_least_loaded_is_what_a_plain_look_at_all_replicas_finds(string router) => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Arb.From(
            from replicas in Gen.Choose(1, 9)
            from unequal in Gen.Elements(false, true)
            from requests in (from at in Gen.Choose(0, 40_000_000) from prompt in Gen.Choose(1, 900) from output in Gen.Choose(1, 40) select (at, prompt, output)).NonEmptyListOf()
            select (replicas, unequal, requests)),
        q =>
        {
            List<Request> requests = [.. q.requests.OrderBy(r => r.at).Select((r, i) => new Request { Id = i, ArrivalNanoseconds = r.at, PromptTokens = r.prompt, OutputTokens = r.output })];
            // A small replica cannot hold all requests, so that not all are candidates each time.
            long Blocks(int replica) => q.unequal && replica == 0 ? 30 : 200;
            var cluster = new ClusterSettings
            {
                Replicas = [.. Enumerable.Range(0, q.replicas).Select(i => new ReplicaSettings(new EngineSettings { Policy = "vllm-v1", KvBlocks = Blocks(i), MaxSequences = 3 }, new LinearCost()))],
                Router = router,
            };
            var recorder = new Recorder(iterations: false);
            new Simulation(cluster, new ListSource(requests), recorder).Run();
            var records = recorder.Requests.OrderBy(r => r.Request.Id).ToList();
            for (var i = 0; i < records.Count; i++)
            {
                var request = records[i].Request;
                if (records[i].Status == RequestStatus.Rejected) continue;
                // Of earlier requests those are unfinished that end after this one came: at one moment iterations end first.
                long Load(int replica) => records.Take(i).Where(r => r.Status == RequestStatus.Finished && r.Replica == replica && r.FinishNanoseconds > request.ArrivalNanoseconds)
                    .Sum(r => router == "least-outstanding-tokens" ? r.Request.PromptTokens : 1L);
                var candidates = Enumerable.Range(0, q.replicas).Where(r => (request.PromptTokens + request.OutputTokens - 1 + 15) / 16 <= Blocks(r)).ToList();
                Assert.Equal(candidates.MinBy(Load), records[i].Replica);
            }
        }));

    [Fact]
    public void Kv_load_counts_blocks_in_use_and_prompts_that_wait()
    {
        // 900 tokens are 57 blocks on replica 0; four times 13, and what those four have produced meanwhile, is more.
        Assert.Equal([0, 1, 1, 1, 1, 0, 1], Route("kv-load", 2, [R(0, 900, 500), .. Enumerable.Range(1, 6).Select(i => R(20 * i, 200, 500))]));
    }

    [Fact]
    public void Prefix_aware_follows_the_cached_prefix_while_loads_are_balanced()
    {
        // The families a and b land on different replicas, then each follows its own; a prompt of which less than half is cached goes to the emptier one.
        Request Of(int at, long family, int prompt = 128) => R(at, prompt, 3) with { PrefixBlocks = Enumerable.Range(0, 4).Select(i => 100 * family + i).ToArray(), PrefixBlockTokens = 16 };
        Assert.Equal([0, 1, 1, 0, 1], Route("prefix-aware", 2, [Of(0, 1), Of(0, 2), Of(100, 2, 100), Of(200, 1, 100), R(201, 10, 3)]));
        Assert.Equal(0, Route("prefix-aware", 2, [Of(0, 1), Of(0, 2), Of(100, 2, 200)])[2]);
    }

    [Fact]
    public void Prefix_aware_spreads_when_one_replica_is_far_ahead()
    {
        // All have one prefix: they follow it until 33 are more there than elsewhere, then the other takes one at a time.
        var routes = Route("prefix-aware", 2, [.. Enumerable.Range(0, 40).Select(i => R(i == 0 ? 0 : 50, 64, 900) with { PrefixBlocks = new long[] { 1, 2, 3, 4 }, PrefixBlockTokens = 16 })], kvBlocks: 100_000);
        Assert.Equal(33, routes.TakeWhile(r => r == 0).Count());
        Assert.Equal(1, routes[33]);
    }

    [Fact]
    public void Sessions_stay_on_their_replica_and_spread()
    {
        var routes = Route("session-affinity", 4, [.. Enumerable.Range(0, 400).Select(i => R(i, 10, 5) with { Session = i % 40 })]);
        for (var i = 40; i < 400; i++) Assert.Equal(routes[i % 40], routes[i]);
        Assert.All(Enumerable.Range(0, 4), replica => Assert.InRange(routes.Take(40).Count(r => r == replica), 3, 20));
        // Without sessions: the least loaded.
        Assert.Equal([0, 1, 0], Route("session-affinity", 2, [R(0, 10, 1), R(0, 10, 500), R(100, 10, 5)]));
    }

    [Fact]
    public void A_session_moves_only_if_its_replica_goes()
    {
        // Rendezvous hashing: with one replica more, a session keeps its place or goes to the new one.
        var requests = Enumerable.Range(0, 100).Select(i => R(i, 10, 1) with { Session = i }).ToList();
        var (three, four) = (Route("session-affinity", 3, requests), Route("session-affinity", 4, requests));
        Assert.All(three.Zip(four), pair => Assert.True(pair.First == pair.Second || pair.Second == 3));
        Assert.InRange(four.Count(r => r == 3), 10, 45);
    }

    [Fact]
    public void Power_of_two_choices_takes_the_emptier_of_two_and_beats_chance()
    {
        // With two replicas both are drawn, so it is least outstanding (ties by the draw).
        var two = Route("power-of-two", 2, [R(0, 10, 500), .. Enumerable.Range(1, 5).Select(i => R(100 * i, 10, 1))]);
        Assert.All(two.Skip(1), r => Assert.Equal(1 - two[0], r));
        int Most(string router) => Route(router, 16, Burst(320)).GroupBy(r => r).Max(g => g.Count());
        Assert.InRange(Most("power-of-two"), 20, 23);
        Assert.InRange(Most("random"), 26, 60);
    }

    [Fact]
    public void Every_router_leaves_out_replicas_that_cannot_hold_a_request()
    {
        foreach (var name in RoutingPolicies.Names)
        {
            var small = Replica(4);
            var routes = Route(new ClusterSettings { Replicas = [small, Replica(100), small], Router = name }, [.. Enumerable.Range(0, 9).Select(i => R(i, 200, 5) with { Session = i })]);
            Assert.All(routes, r => Assert.Equal(1, r));
        }
    }

    private static List<Request> Burst(int count) => [.. Enumerable.Range(0, count).Select(_ => R(0, 10, 50))];

    private static Request R(int atMilliseconds, int prompt, int output) => new() { Id = 0, ArrivalNanoseconds = atMilliseconds * Millisecond, PromptTokens = prompt, OutputTokens = output };

    private static ReplicaSettings Replica(long kvBlocks) =>
        new(new EngineSettings { Policy = "vllm-v1", KvBlocks = kvBlocks, MaxBatchTokens = 8192 }, new LinearCost(Millisecond, 0, 0));

    private static List<int> Route(string router, int replicas, IEnumerable<Request> requests, long kvBlocks = 1000) =>
        Route(ClusterSettings.Uniform(replicas, Replica(kvBlocks), router), requests);

    private static List<int> Route(ClusterSettings cluster, IEnumerable<Request> requests)
    {
        var recorder = new Recorder(iterations: false);
        new Simulation(cluster, new ListSource(requests.Select((r, i) => r with { Id = i })), recorder).Run();
        Assert.All(recorder.Requests, r => Assert.Equal(RequestStatus.Finished, r.Status));
        return [.. recorder.Requests.OrderBy(r => r.Request.Id).Select(r => r.Replica)];
    }
}
