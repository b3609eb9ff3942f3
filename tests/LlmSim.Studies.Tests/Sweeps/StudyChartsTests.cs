using LlmSim.Charts;
using LlmSim.Charts.Set;
using LlmSim.Charts.Svg;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Studies.Tests.Sweeps;

/// <summary>Every kind of chart is drawn from the scenarios in the repository, at 1200 × 800, and no label collides or leaves the canvas.</summary>
public sealed class StudyChartsTests
{
    private static readonly string[] s_overRate = ["throughput-ttft", "throughput-tpot", "throughput-e2e", "goodput", "pareto", "heat-map"];

    public static TheoryData<string, string[]> Studies => new()
    {
        { "policy-comparison", s_overRate },
        { "policy-comparison-code", s_overRate },
        { "chunk-size", ["throughput-ttft", "throughput-tpot", "throughput-itl", "throughput-e2e", "goodput", "pareto", "heat-map"] },
        { "prefill-decode", s_overRate },
        { "kv-precision", s_overRate },
        { "tensor-parallel", s_overRate },
        { "prefix-caching", s_overRate },
        { "pools-or-mixed", ["goodput", "pareto", "heat-map"] },
        { "offloading", ["ttft", "tpot", "throughput", "pareto", "heat-map"] },
        { "continuous-batching", ["ttft", "tpot", "throughput", "pareto"] },
        { "bursty-clients", ["ttft", "tpot", "throughput", "pareto"] },
    };

    [Theory]
    [MemberData(nameof(Studies))]
    public void The_charts_of_a_study_are_legible(string scenario, string[] names)
    {
        var study = StudyRun.Execute(ScenarioFile.Load(Repository.Path($"scenarios/{scenario}.json"), ["workload.requests=40"]));
        var charts = StudyCharts.All(study);
        Assert.Equal(names, charts.Select(c => c.Name));
        foreach (var (name, chart) in charts) Legible(chart, $"{scenario} {name}");
    }

    [Fact]
    public void Curves_of_pools_are_named_by_what_their_replicas_do()
    {
        var study = StudyRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/prefill-decode.json"), ["workload.requests=20"]));
        var labels = Enumerable.Range(0, study.Axes.Count).Select(i => StudySeries.Label(study, study.Axes.Places(i))).ToList();
        Assert.Contains(labels, l => l.Contains("prefill 1, decode 3", StringComparison.Ordinal));
        Assert.All(labels, l => Assert.DoesNotContain("groups[", l, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("quick-start")]
    [InlineData("kv-precision")]
    [InlineData("prefill-decode")]
    [InlineData("tensor-parallel")]
    public void The_charts_of_a_run_are_legible(string scenario)
    {
        var charts = RunCharts.All(ScenarioRun.Execute(ScenarioFile.Load(Repository.Path($"scenarios/{scenario}.json"), ["workload.requests=200"]), keepIterations: true));
        Assert.Equal(["latency", "over-time", "memory", "step-time"], charts.Select(c => c.Name));
        foreach (var (name, chart) in charts) Legible(chart, $"{scenario} {name}");
    }

    [Fact]
    public void Of_a_hundred_curves_the_best_twelve_are_drawn_and_the_footnote_says_so()
    {
        var study = StudyRun.Execute(ScenarioFile.Load(
            Repository.Path("scenarios/quick-start.json"),
            ["workload.requests=4", "axes={\"engine.maxSequences\":{\"from\":1,\"to\":100,\"steps\":100},\"workload.arrivals.rate\":[1,2]}"]));
        var charts = StudyCharts.All(study);
        var goodput = charts.Single(c => c.Name == "goodput").Chart;
        Assert.Contains("The best 12 of 100 curves; all points are in points.csv.", goodput.Footnote, StringComparison.Ordinal);
        foreach (var (name, chart) in charts) Legible(chart, name);
        // Nobody reads a map of a hundred rows.
        Assert.DoesNotContain(charts, c => c.Name == "heat-map");
    }

    [Fact]
    public void What_limits_a_step_is_said_from_which_batch_on()
    {
        var run = ScenarioRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=50"]), keepIterations: true);
        Assert.Matches(@"^Decode at [\d ]+ tokens of context: bound by reading weights from hbm, from batch \d+ on bound by reading the KV cache from hbm\.$", StepTimes.Sentence(run));
        var points = StepTimes.Points(run);
        Assert.Equal(256, points.Max(p => p.Batch));
        foreach (var context in points.GroupBy(p => p.ContextTokens)) Assert.Equal(context.OrderBy(p => p.Batch).Select(p => p.Seconds), context.Select(p => p.Seconds).Order());
    }

    [Fact]
    public void Sessions_are_not_counted_as_requests()
    {
        var study = StudyRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/prefix-caching.json"), ["workload.requests=60", "slo.ttft.seconds=0.05"]));
        var charts = StudyCharts.All(study).ToDictionary(c => c.Name, c => c.Chart);
        Assert.Equal("sessions/s", charts["throughput-ttft"].Panels[0].X.Unit.Symbol);
        Assert.Equal("sessions/s", charts["goodput"].Panels[0].X.Unit.Symbol);
        Assert.Equal("Offered rate (sessions/s)", charts["heat-map"].Panels[0].X.Quantity);
        Assert.DoesNotContain(charts.Values, c => c.Title.Contains("requests/s", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_promised_is_an_axis_of_good_requests_only()
    {
        var study = StudyRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/pools-or-mixed.json"), ["workload.requests=40"]));
        Assert.Equal(["goodput", "pareto", "heat-map"], StudyCharts.All(study).Select(c => c.Name));
    }

    [Fact]
    public void A_step_that_waits_for_offloaded_weights_is_not_said_to_be_bound_by_its_operators()
    {
        var run = ScenarioRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/offloading.json"), ["workload.requests=8"]), keepIterations: true);
        Assert.Matches(@"^Decode at \d+ tokens of context: held up by fetching the offloaded weights from host memory over pcie\.$", StepTimes.Sentence(run));
        Assert.All(StepTimes.Points(run), p => Assert.Equal(ChartBound.Link, p.Bound));
    }

    private static void Legible(Chart chart, string what)
    {
        var drawn = new SvgRenderer().Render(chart).Layout;
        Assert.True(drawn is { Width: 1200, Height: 800 }, $"{what} is {drawn.Width} × {drawn.Height}");
        Assert.True(!drawn.Collisions().Any(), what + ": " + string.Join(", ", drawn.Collisions().Select(c => c.First.Text + " on " + c.Second.Text)));
        Assert.True(!drawn.Outside().Any(), what + ": " + string.Join(", ", drawn.Outside().Select(t => t.Text)));
        Assert.All(drawn.Texts, t => Assert.True(t.FontSize >= 12, $"{what}: {t.Text}"));
        Assert.NotEqual("", chart.Title);
    }
}
