using LlmSim.Files;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Scenarios;

/// <summary>One --set workload.trace=… turns each shipped scenario into a replay, and what gave way is said.</summary>
public sealed class TraceOverrideTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-trace").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Scenarios() =>
        [.. Directory.GetFiles(Repository.Path("scenarios"), "*.json").Select(f => Path.GetFileName(f)!), "survey/figure-19.json", "survey/figure-08.json"];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_shipped_scenario_takes_a_trace(string scenario)
    {
        var file = Load(scenario, Trace());
        Assert.Equal(Trace(), file.Scenario.Workload!.Trace);
        Assert.Null(file.Scenario.Workload.Arrivals);
        Assert.Null(file.Scenario.Pass);
        StudyAxes.Read(file).Check(file);
        var run = ScenarioRun.Execute(file, new RunParts());
        Assert.Equal(3, run.Rows.Length);
        Assert.Equal(2_000_000_000, run.Rows[^1].ArrivalNanoseconds);
        Assert.StartsWith("the trace takes the place of ", Assert.Single(file.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat-users.json", "closed-loop", "")]
    [InlineData("offloading.json", "closed-loop", "the axis over workload.arrivals.users")]
    [InlineData("bursty-clients.json", "clients", "")]
    [InlineData("prefix-caching.json", "sessions", "workload.prefixes")]
    public void What_gave_way_is_said(string scenario, string kind, string more)
    {
        var note = Assert.Single(Load(scenario, Trace()).Notes);
        Assert.Contains($"workload.arrivals ({kind})", note, StringComparison.Ordinal);
        Assert.Contains(more, note, StringComparison.Ordinal);
    }

    [Fact]
    public void The_batches_of_forward_passes_become_the_seats_of_an_engine()
    {
        var file = Load("survey/figure-19.json", Trace());
        var axis = Assert.Single(StudyAxes.Read(file).Axes);
        Assert.Equal("engine.maxSequences", axis.Path);
        Assert.Equal(10, axis.Values.Count);
        Assert.Contains("the axis over pass.batch, which is now over engine.maxSequences", file.Notes[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("continuous-batching.json", "all-at-once")]
    [InlineData("chat-users.json", "closed-loop")]
    [InlineData("kv-precision.json", "poisson")]
    public void A_file_of_lengths_takes_the_place_of_the_lengths_only(string scenario, string arrivals)
    {
        var lengths = Write("lengths.csv", "num_prefill_tokens,num_decode_tokens\n30,4\n50,7\n");
        var file = Load(scenario, lengths);
        Assert.Equal((arrivals, "file", lengths), (file.Scenario.Workload!.Arrivals!.Kind, file.Scenario.Workload.Lengths!.Kind, file.Scenario.Workload.Lengths.Path));
        Assert.Null(file.Scenario.Workload.Trace);
        Assert.Contains("workload.arrivals stays", Assert.Single(file.Notes), StringComparison.Ordinal);
        Assert.All(ScenarioRun.Execute(file, new RunParts()).Rows, r => Assert.Contains(r.PromptTokens, new long[] { 30, 50 }));
    }

    [Fact]
    public void What_is_set_beside_the_trace_stays_and_zips_lose_what_is_gone()
    {
        var file = Load("quick-start.json", Trace(), "workload.requests=2", "workload.arrivals={\"kind\":\"constant\",\"rate\":5}");
        Assert.Equal((2, "constant"), ((int)file.Scenario.Workload!.Requests!.Value, file.Scenario.Workload.Arrivals!.Kind));
        var wrong = Assert.Throws<InputException>(() => Load("chat-users.json", Trace(), "workload.arrivals.users=3"));
        Assert.Contains("\"kind\": \"file\"", wrong.Errors.Items[0].ToString(), StringComparison.Ordinal);

        var zipped = Write("zipped.json", """
            { "model": "llama-2-7b", "machine": { "hardware": "a100-80gb-sxm" },
              "workload": { "arrivals": { "kind": "poisson", "rate": 1 }, "lengths": { "kind": "sharegpt" } },
              "axes": { "workload.arrivals.rate": [1, 2], "engine.maxSequences": [8, 16] }, "zip": [["workload.arrivals.rate", "engine.maxSequences"]] }
            """);
        file = ScenarioFile.Load(zipped, ["workload.trace=" + Trace()]);
        Assert.Equal("engine.maxSequences", Assert.Single(StudyAxes.Read(file).Axes).Path);
    }

    private static ScenarioFile Load(string scenario, string trace, params string[] more) =>
        ScenarioFile.Load(Repository.Path("scenarios/" + scenario), ["workload.trace=" + trace, .. more]);

    private string Trace() => Write("trace.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n0,30,4\n1,50,2\n2,40,3\n");

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
