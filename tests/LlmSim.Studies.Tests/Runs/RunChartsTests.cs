using LlmSim.Charts;
using LlmSim.Charts.Marks;
using LlmSim.Charts.Svg;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Runs;

/// <summary>Charts of runs on several replicas show the cluster, and say so.</summary>
public sealed class RunChartsTests
{
    [Fact]
    public void Replicas_that_are_alike_are_drawn_together()
    {
        var run = Run("quick-start", "replicas=4", "workload.requests=200", "workload.arrivals.rate=20");
        var chart = RunCharts.OverTime(run);
        Assert.Equal("What happened when: 4 replicas together", chart.Title);
        Assert.Contains("sums over replicas", chart.Footnote, StringComparison.Ordinal);
        var running = Lines(chart, "Running").Single();
        // All of them at once run more than any alone; no more than each at its most.
        Assert.True(running.Y.Max() > run.Spans.Max(s => s.All.Max(i => i.MaxRunning)));
        Assert.True(running.Y.Max() <= run.Spans.Sum(s => s.All.Max(i => i.MaxRunning)));
        Assert.Equal(0, running.Y[^1]);
        Assert.All(Lines(chart, "Utilisation").Single().Y, y => Assert.InRange(y, 0, 1 + 1e-9));
        var memory = RunCharts.Memory(run);
        Assert.StartsWith("hbm of all 4 replicas peaks at ", memory.Title, StringComparison.Ordinal);
        var weights = memory.Panels.Single().Marks.OfType<StackMark>().Single().Layers.Single(l => l.Name == "weights");
        Assert.Equal(4 * run.Replicas[0].Memory.WeightBytes, weights.Values[0]);
    }

    [Fact]
    public void Pools_are_drawn_apart()
    {
        var run = Run("prefill-decode", "workload.requests=200");
        var chart = RunCharts.OverTime(run);
        Assert.Equal("What happened when: 3 prefill replicas, 1 decode replica", chart.Title);
        foreach (var quantity in new[] { "Waiting", "Running", "Utilisation", "KV cache in use", "Tokens per second" })
            Assert.Equal(["3 prefill replicas", "1 decode replica"], Lines(chart, quantity).Select(l => l.Name));
        // The decode replica is the last; its curve holds what it alone ran.
        Assert.Equal(run.Spans[3].All.Max(s => s.MaxRunning), Lines(chart, "Running").Last().Y.Max());
        Assert.Equal(["hbm of 3 prefill replicas", "hbm of 1 decode replica"], RunCharts.Memory(run).Panels.Select(p => p.Title));
    }

    [Fact]
    public void Step_times_are_those_of_the_replica_that_decodes()
    {
        var run = Run(
            "prefill-decode", "workload.requests=40",
            "groups=[{\"count\":1,\"engine\":{\"role\":\"prefill\"},\"machine\":{\"hardware\":\"h100-80gb-sxm\"}},{\"count\":2,\"engine\":{\"role\":\"decode\"}}]");
        Assert.StartsWith("Decode on NVIDIA A100 SXM4 80 GB at ", RunCharts.StepTime(run).Title, StringComparison.Ordinal);
        foreach (var (name, chart) in RunCharts.All(run))
        {
            var drawn = new SvgRenderer().Render(chart).Layout;
            Assert.True(!drawn.Collisions().Any() && !drawn.Outside().Any(), name);
        }
    }

    [Fact]
    public void One_replica_needs_no_words_about_many()
    {
        var run = Run("tensor-parallel", "workload.requests=40", "machine.tensorParallel=2");
        Assert.Equal("What happened when", RunCharts.OverTime(run).Title);
        Assert.StartsWith("hbm of 2 devices peaks at ", RunCharts.Memory(run).Title, StringComparison.Ordinal);
    }

    private static RunResult Run(string scenario, params string[] sets) =>
        ScenarioRun.Execute(ScenarioFile.Load(Repository.Path($"scenarios/{scenario}.json"), sets), keepIterations: true);

    private static IEnumerable<LineMark> Lines(Chart chart, string quantity) => chart.Panels.Single(p => p.Y.Quantity == quantity).Marks.OfType<LineMark>();
}
