using System.Text.Json;
using LlmSim.Tests;

namespace LlmSim.Cli.Tests;

public sealed class RunTests : IDisposable
{
    private const string QuickStart = "scenarios/quick-start.json";
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_run_writes_its_folder_and_ends_with_the_bottleneck()
    {
        var run = Run("a");
        Assert.Contains("TTFT", run.Output, StringComparison.Ordinal);
        Assert.Contains("try:", run.Output, StringComparison.Ordinal);
        foreach (var file in new[] { "summary.json", "run.json", "scenario.json", "requests.csv", "iterations.csv", "timeline.json", "latency.svg", "memory.svg", "over-time.svg", "report.html" })
            Assert.True(new FileInfo(Path.Combine(_folder, "a", file)).Length > 100, file);
        var requests = File.ReadAllLines(Path.Combine(_folder, "a", "requests.csv"));
        Assert.Equal("id,arrival_s,prompt_tokens,output_tokens,first_scheduled_s,first_token_s,finish_s,preemptions,cached_tokens,replica,status", requests[0]);
        Assert.Equal(1001, requests.Length);
        using var timeline = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "a", "timeline.json")));
        Assert.True(timeline.RootElement.GetProperty("traceEvents").GetArrayLength() > 1000);
    }

    [Fact]
    public void The_same_scenario_and_seed_give_the_same_bytes()
    {
        Run("a");
        Run("b");
        foreach (var file in new[] { "summary.json", "scenario.json", "requests.csv", "iterations.csv", "timeline.json", "latency.svg", "report.html" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "a", file)), File.ReadAllBytes(Path.Combine(_folder, "b", file)));
    }

    [Fact]
    public void Json_output_is_the_summary_and_nothing_else()
    {
        var run = Run("a", "--format", "json");
        Assert.Equal(1000, run.Json.GetProperty("requests").GetProperty("completed").GetInt32());
        Assert.True(run.Json.GetProperty("ttft").GetProperty("p99").GetDouble() > 0);
    }

    [Fact]
    public void What_is_wrong_with_a_scenario_is_said_at_once_and_nothing_is_written()
    {
        var run = Cli.Run(
            "run", Repository.Path(QuickStart), "--out", Path.Combine(_folder, "a"), "--set", "engine.polcy=vllm-v1", "--set", "workload.arrivals.rate=-1",
            "--set", "machine.tensorParallel=0");
        Cli.Refused(run, "polcy", "workload.arrivals.rate", "machine.tensorParallel");
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_model_that_does_not_fit_is_impossible_with_a_reason()
    {
        var run = Cli.Run("run", Repository.Path(QuickStart), "--out", Path.Combine(_folder, "a"), "--set", "model=llama-2-70b");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("GB", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_study_that_was_interrupted_goes_on_from_its_store()
    {
        var scenario = Path.Combine(_folder, "study.json");
        var text = File.ReadAllText(Repository.Path(QuickStart)).Replace("\"requests\": 1000", "\"requests\": 50", StringComparison.Ordinal);
        var end = text.LastIndexOf('}');
        File.WriteAllText(scenario, text[..end] + ", \"axes\": { \"engine.policy\": [\"vllm-v0\", \"vllm-v1\"], \"workload.arrivals.rate\": [1, 2] } }");
        var first = Cli.Run("sweep", scenario, "--out", Path.Combine(_folder, "s"), "--format", "csv");
        Assert.True(first.ExitCode == 0, first.Error);
        var again = Cli.Run("sweep", scenario, "--out", Path.Combine(_folder, "s"), "--format", "csv", "--workers", "1");
        Assert.Equal(first.Output, again.Output);
        Assert.Equal(5, first.Output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void Runs_are_compared_side_by_side()
    {
        Run("a");
        Run("b", "--set", "engine.policy=sarathi");
        var run = Cli.Run("compare", Path.Combine(_folder, "a"), Path.Combine(_folder, "b"));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("ttft.p99", run.Output, StringComparison.Ordinal);
        Assert.Equal(2, Cli.Run("compare", Path.Combine(_folder, "a")).ExitCode);
    }

    private Cli.Result Run(string name, params string[] more)
    {
        var run = Cli.Run(["run", Repository.Path(QuickStart), "--out", Path.Combine(_folder, name), "--quiet", .. more]);
        Assert.True(run.ExitCode == 0, run.Error);
        return run;
    }
}
