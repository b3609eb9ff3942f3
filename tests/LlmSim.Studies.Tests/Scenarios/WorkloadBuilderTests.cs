using LlmSim.Studies.Scenarios;
using LlmSim.Workloads.Requests;

namespace LlmSim.Studies.Tests.Scenarios;

public sealed class WorkloadBuilderTests
{
    private static ScenarioLoad Load(string workload, int? context = null) =>
        WorkloadBuilder.Build(ScenarioFileTests.Parse($$"""{ "model": "llama-2-7b", "machine": { "hardware": "a6000" }, "workload": {{workload}} }""").Scenario.Workload!, context);

    private static List<Request> Take(IRequestSource source, int most = 10_000)
    {
        var taken = new List<Request>();
        while (taken.Count < most && source.Peek() is not null)
        {
            taken.Add(source.Take());
            source.Completed(taken[^1], taken[^1].ArrivalNanoseconds + 1_000_000);
        }

        return taken;
    }

    [Theory]
    [InlineData("""{ "kind": "constant", "rate": 10 }""")]
    [InlineData("""{ "kind": "poisson", "rate": 10 }""")]
    [InlineData("""{ "kind": "gamma", "rate": 10, "cv": 2 }""")]
    [InlineData("""{ "kind": "weibull", "rate": 10, "cv": 2 }""")]
    [InlineData("""{ "kind": "markov", "states": [{ "rate": 5, "seconds": 1 }, { "rate": 15, "seconds": 1 }] }""")]
    [InlineData("""{ "kind": "diurnal", "rate": 10, "periodSeconds": 10 }""")]
    [InlineData("""{ "kind": "clients", "rate": 10, "profile": "m-large" }""")]
    public void Every_open_kind_keeps_its_mean_rate(string arrivals)
    {
        using var load = Load($$"""{ "arrivals": {{arrivals}}, "lengths": { "kind": "fixed", "prompt": 5, "output": 6 }, "requests": 4000 }""");
        var requests = Take(load.Source);
        Assert.Equal(4000, requests.Count);
        Assert.Equal(4000, load.Source.Count);
        Assert.InRange(4000 / (requests[^1].ArrivalNanoseconds / 1e9), 8.5, 11.5);
        Assert.Equal(Enumerable.Range(0, 4000).Select(i => (long)i), requests.Select(r => r.Id));
    }

    [Fact]
    public void Clients_bring_their_own_lengths()
    {
        using var load = Load("""{ "arrivals": { "kind": "clients", "rate": 10, "profile": "deepseek-r1" } }""");
        Assert.InRange(Take(load.Source).Average(r => r.OutputTokens), 500, 4000);
    }

    [Theory]
    [InlineData("""{ "kind": "all-at-once" }""")]
    [InlineData("""{ "kind": "closed-loop", "users": 8 }""")]
    [InlineData("""{ "kind": "sessions", "rate": 2, "turns": 3, "thinkSeconds": 1 }""")]
    public void Other_kinds_yield_as_many_as_asked(string arrivals)
    {
        using var load = Load($$"""{ "arrivals": {{arrivals}}, "lengths": { "kind": "uniform", "prompt": { "min": 5, "max": 9 }, "output": { "max": 6 } }, "requests": 500 }""");
        Assert.Equal(500, Take(load.Source).Count);
    }

    [Fact]
    public void Overlong_requests_are_rejected_and_kept_to_be_counted()
    {
        const string workload = """{ "arrivals": { "kind": "constant", "rate": 10 }, "lengths": { "kind": "uniform", "prompt": { "min": 1, "max": 100 }, "output": 10 }, "requests": 1000, "overlong": "OVERLONG" }""";
        using var rejecting = Load(workload.Replace("OVERLONG", "reject", StringComparison.Ordinal).Replace("\"output\": 10", "\"output\": { \"min\": 10, \"max\": 10 }", StringComparison.Ordinal), 60);
        var requests = Take(rejecting.Source);
        Assert.All(requests, r => Assert.True(r.PromptTokens + r.OutputTokens <= 60));
        Assert.Equal(1000, requests.Count + rejecting.Overlong!.Rejected.Count);
        Assert.InRange(requests.Count, 450, 550);

        using var cutting = Load(workload.Replace("OVERLONG", "truncate", StringComparison.Ordinal).Replace("\"output\": 10", "\"output\": { \"min\": 10, \"max\": 10 }", StringComparison.Ordinal), 60);
        requests = Take(cutting.Source);
        Assert.Equal(1000, requests.Count);
        Assert.All(requests, r => Assert.True(r.PromptTokens <= 50 && r.OutputTokens == 10));
        Assert.InRange(cutting.Overlong!.Truncated, 450, 550);

        using var ignoring = Load(workload.Replace("OVERLONG", "ignore-limit", StringComparison.Ordinal).Replace("\"output\": 10", "\"output\": { \"min\": 10, \"max\": 10 }", StringComparison.Ordinal), 60);
        Assert.Equal(100, Take(ignoring.Source).Max(r => r.PromptTokens));
    }

    [Fact]
    public void A_seed_gives_the_same_load_and_another_seed_another()
    {
        const string workload = """{ "arrivals": { "kind": "poisson", "rate": 10 }, "lengths": { "kind": "sharegpt" }, "seed": SEED }""";
        List<(long, int, int)> Run(int seed)
        {
            using var load = Load(workload.Replace("SEED", $"{seed}", StringComparison.Ordinal));
            return [.. Take(load.Source).Select(r => (r.ArrivalNanoseconds, r.PromptTokens, r.OutputTokens))];
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }
}
