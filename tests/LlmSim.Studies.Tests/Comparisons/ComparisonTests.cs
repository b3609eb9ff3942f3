using LlmSim.Files;
using LlmSim.Studies.Comparisons;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Comparisons;

public sealed class ComparisonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name, string? text = null)
    {
        var path = Path.Combine(_folder, name);
        if (text is not null) File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void Runs_measured_files_and_benchmarks_stand_side_by_side()
    {
        RunFolder.Write(ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=50", "output.timeline.write=false"]), In("run"));
        var csv = In("measured.csv", "arrival_s,prompt_tokens,output_tokens,first_token_s,finish_s\n0,10,11,0.5,1.5\n1,10,1,1.25,1.25\n");
        var bench = In("bench.json", """
            { "duration": 10.0, "completed": 50, "total_input_tokens": 5000, "total_output_tokens": 2000, "request_throughput": 5.0, "output_throughput": 200.0,
              "mean_ttft_ms": 120.0, "median_ttft_ms": 100.0, "p99_ttft_ms": 400.0, "mean_tpot_ms": 20.0, "median_tpot_ms": 19.0, "p99_tpot_ms": 33.0, "mean_itl_ms": 20.5 }
            """);
        var comparison = Comparison.Of([In("run"), csv, bench]);
        Assert.Equal([false, true, true], comparison.Runs.Select(r => r.IsMeasured));
        Assert.Equal(["run", "measured", "bench"], comparison.Runs.Select(r => r.Name));
        ComparedMetric Metric(string name) => Assert.Single(comparison.Metrics, m => m.Metric.Name == name);
        Assert.Equal([0.375, 0.12], Metric("ttft.mean").Values.Skip(1));
        Assert.Equal([0.1, 0.02], Metric("tpot.mean").Values.Skip(1).Select(v => Math.Round(v, 12)));
        Assert.Equal(5, Metric("throughput.requestsPerSecond").Values[2]);
        Assert.Equal(0, Metric("ttft.mean").Relative[0]);
        Assert.Equal(0.12 / Metric("ttft.mean").Values[0] - 1, Metric("ttft.mean").Relative[2]);
        Assert.True(double.IsNaN(Metric("ttft.p90").Values[2]));
        // Only the simulated run knows its KV cache, so there is nothing to compare.
        Assert.DoesNotContain(comparison.Metrics, m => m.Metric.Name == "kvCache.preemptions");
        Assert.Equal(50, comparison.Runs[0].Rows.Count);
    }

    [Fact]
    public void Requests_of_a_run_say_the_same_as_the_run()
    {
        RunFolder.Write(ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=130", "slo={\"ttft\":{\"seconds\":0.1},\"e2e\":{\"seconds\":4}}", "output.timeline.write=false"]), In("run"));
        var comparison = Comparison.Of([In("run"), In("run/requests.csv")]);
        Assert.Equal(13, comparison.Runs[1].Summary.WarmUpRequests);
        Assert.InRange(comparison.Runs[0].Summary.GoodputShare, 0.05, 0.95);
        // Tokens by the device need their number, which requests do not tell.
        foreach (var metric in comparison.Metrics.Where(m => m.Metric.Name.StartsWith("ttft", StringComparison.Ordinal) || m.Metric.Name.StartsWith("tpot", StringComparison.Ordinal)
            || m.Metric.Name.StartsWith("e2e", StringComparison.Ordinal) || m.Metric.Name.StartsWith("goodput", StringComparison.Ordinal)))
            Assert.InRange(metric.Relative[1], -1e-6, 1e-6);
    }

    [Fact]
    public void What_is_assumed_of_measured_requests_is_said()
    {
        RunFolder.Write(ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=50", "slo={\"ttft\":{\"seconds\":0.3}}", "output.timeline.write=false"]), In("run"));
        var csv = In("measured.csv", "arrival_s,prompt_tokens,output_tokens,first_token_s,finish_s\n0,10,11,0.5,1.5\n1,10,1,1.25,1.25\n");
        var other = In("other.csv", File.ReadAllText(csv));
        Assert.Equal(
            "measured, other: no request is left out as warm-up, and one is good that meets the default SLO (TTFT up to 200 ms, TPOT up to 100 ms); name a run's folder first to take its warm-up and SLO",
            Assert.Single(Comparison.Of([csv, other]).Notes));
        Assert.Equal(
            "measured: the same share is left out as warm-up as of run (5 requests there), and its SLO is judged (TTFT up to 300 ms)",
            Assert.Single(Comparison.Of([In("run"), csv]).Notes));
        Assert.Equal("run: its first 5 requests are warm-up and not counted, those of measured are", Comparison.Of([csv, In("run")]).Notes[1]);
        var bench = In("bench.json", """{ "duration": 10.0, "completed": 50, "mean_ttft_ms": 120.0 }""");
        Assert.Equal("bench: figures are as the benchmark printed them, over all its requests and by its own SLO", Assert.Single(Comparison.Of([In("run"), bench]).Notes));
        Assert.Empty(Comparison.Of([In("run"), In("run")]).Notes);
    }

    [SharedFact]
    public void A_measured_vLLM_run_is_read_per_request()
    {
        var run = RunLoader.Load(SharedData.Path("data/serving/llmservingsim_vllm/RTX4090_Llama-3.1-8B/requests.jsonl"));
        Assert.Equal(300, run.Rows.Count);
        Assert.True(run.IsMeasured);
        // The first request of the file: 689 ms from the queue to its first token, and 1.8 ms before that on its way through the API server.
        Assert.Equal(0.69128000000000001, run.Rows[0].TtftSeconds, 5);
        Assert.InRange(run.Summary.Tpot.Mean, 0.01, 0.2);
    }

    [Fact]
    public void What_is_no_run_is_an_input_error()
    {
        foreach (var path in new[]
        {
            In("nothing"), In("empty.csv", "arrival_s,prompt_tokens,output_tokens,first_token_s,finish_s\n"), In("columns.csv", "a,b\n1,2\n"),
            In("bad.csv", "arrival_s,prompt_tokens,output_tokens,first_token_s,finish_s\nx,1,1,1,1\n"), In("other.json", "{\"a\":1}"), In("broken.json", "{"), In("x.jsonl", "{}\n"), In("x.txt", "?"), _folder,
        })
            Assert.Throws<InputException>(() => RunLoader.Load(path));
    }
}
