using System.Text.Json;
using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Sweeps;

/// <summary>The charts of a study: throughput-latency curves over the offered rate where that is an axis, else latency and throughput over the first numeric axis.</summary>
public static class StudyCharts
{
    private const string Rate = "workload.arrivals.rate";

    /// <summary>A heat map with more rows or columns than this has cells too small to read.</summary>
    private const int MostCells = 40;

    /// <summary>All charts, by file name without extension.</summary>
    public static IReadOnlyList<(string Name, Chart Chart)> All(StudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var axis = study.Axes.Axes.FirstOrDefault(a => a.Path == Rate) ?? study.Axes.Axes.FirstOrDefault(a => a.Values.All(v => v.Kind == JsonValueKind.Number));
        var charts = new List<(string, Chart)>();
        if (axis?.Path == Rate) charts.AddRange(OverRate(study));
        else if (axis is not null) charts.AddRange(OverNumbers(study, axis.Path));
        charts.Add(("pareto", Pareto(study)));
        if (study.Axes.Groups is [var rows, var columns] && rows[0].Values.Count <= MostCells && columns[0].Values.Count <= MostCells) charts.Add(("heat-map", HeatMap(study)));
        return charts;
    }

    /// <summary>Speed for one user against yield of a device: which points are worth considering.</summary>
    private static Chart Pareto(StudyResult study)
    {
        var perUser = StudyMetric.Named("throughput.outputTokensPerSecondPerUser");
        var perDevice = StudyMetric.Named("throughput.outputTokensPerSecondPerDevice");
        return ParetoChart.Build(
            Head(study), [.. study.Points.Where(p => p.Runs.Count > 0).Select(p => new ParetoPoint(Label(p.Point, ""), p.Of(perUser).Mean, p.Of(perDevice).Mean))]);
    }

    /// <summary>Share of good requests over the study's two axes.</summary>
    private static Chart HeatMap(StudyResult study)
    {
        // A group of zipped axes is one axis of the map, named by its first.
        var (rows, columns) = (study.Axes.Groups[0][0], study.Axes.Groups[1][0]);
        var share = StudyMetric.Named("goodputShare");
        return HeatMapChart.Build(
            Head(study, "Share of requests that meet the SLO"), columns.Path, [.. columns.Values.Select(StudyTables.Shown)], rows.Path, [.. rows.Values.Select(StudyTables.Shown)],
            // The last axis varies fastest.
            "Share of good requests", Unit.Share, (r, c) => study.Points[r * columns.Values.Count + c].Of(share).Mean);
    }

    private static List<(string, Chart)> OverRate(StudyResult study)
    {
        var slo = study.File.Scenario.Slo;
        var charts = new List<(string, Chart)>();
        foreach (var (name, title, metric, bound) in new (string, string, Func<Summary, Distribution>, BoundSection?)[]
        {
            ("ttft", "TTFT", s => s.Ttft, slo?.Ttft), ("tpot", "TPOT", s => s.Tpot, slo?.Tpot),
            ("e2e", "E2E latency", s => s.E2e, slo?.E2e),
        })
        {
            var curves = Series(study, Rate).Select(s => new LoadCurve(s.Name, [.. s.Points.Select(p => Load(p.X, p.Outcome, metric))])).ToList();
            charts.Add(("throughput-" + name, ThroughputLatencyChart.Build(Head(study), title, curves, bound?.Seconds, bound?.P ?? 0.99)));
        }

        charts.Add(("goodput", GoodputChart.Build(
            Head(study),
            [
                .. Series(study, Rate).Select(s => new GoodputCurve(
                    s.Name, [.. s.Points.Select(p => p.X)], [.. s.Points.Select(p => p.Outcome.Of(StudyMetric.Named("goodputShare")).Mean)])),
            ],
            slo?.Goodput ?? 0.9)));
        return charts;
    }

    private static (string, Chart)[] OverNumbers(StudyResult study, string path)
    {
        Chart Curve(string title, string quantity, Unit unit, StudyMetric metric) => CurveChart.Build(
            Head(study, title), new Axis { Quantity = path, Unit = Unit.None }, new Axis { Quantity = quantity, Unit = unit },
            [
                .. Series(study, path).Select(s =>
                {
                    var estimates = s.Points.Select(p => p.Outcome.Of(metric)).ToList();
                    var bands = estimates.All(e => !double.IsNaN(e.HalfWidth));
                    return new Curve(
                        s.Name, [.. s.Points.Select(p => p.X)], [.. estimates.Select(e => e.Mean)],
                        bands ? [.. estimates.Select(e => e.Mean - e.HalfWidth)] : null, bands ? [.. estimates.Select(e => e.Mean + e.HalfWidth)] : null);
                }),
            ]);

        return
        [
            ("ttft", Curve("How the time to first token (p99) follows " + path, "TTFT p99", Unit.Seconds, StudyMetric.Named("ttft.p99"))),
            ("tpot", Curve("How the time per output token (p99) follows " + path, "TPOT p99", Unit.Seconds, StudyMetric.Named("tpot.p99"))),
            ("throughput", Curve("How throughput follows " + path, "Output tokens", Unit.TokensPerSecond, StudyMetric.Named("throughput.outputTokensPerSecond"))),
        ];
    }

    /// <summary>Points that differ in one axis only, each series named by the values of the others.</summary>
    private static IEnumerable<(string Name, List<(double X, PointOutcome Outcome)> Points)> Series(StudyResult study, string path) => study.Points
        .Where(p => p.Runs.Count > 0)
        .GroupBy(p => Label(p.Point, path))
        .Select(g => (g.Key.Length > 0 ? g.Key : study.File.Scenario.Engine.Settings.Policy, g.Select(p => (p.Point.Values.First(v => v.Key == path).Value.Number, p)).OrderBy(p => p.Number).ToList()));

    private static string Label(StudyPoint point, string path) => string.Join(", ", point.Values.Where(v => v.Key != path).Select(v =>
    {
        var value = StudyTables.Shown(v.Value);
        // Names speak for themselves; numbers need the member they belong to.
        return v.Value.Kind == JsonValueKind.String ? value : $"{v.Key[(v.Key.LastIndexOf('.') + 1)..]} {value}";
    }));

    private static LoadPoint Load(double rate, PointOutcome outcome, Func<Summary, Distribution> metric)
    {
        Estimate Of(Func<Summary, double> value) => Estimate.From([.. outcome.Runs.Select(value)]);
        var p99 = Of(s => metric(s).P99);
        return new LoadPoint(
            rate, Of(s => s.Throughput.OutputTokensPerSecondPerDevice).Mean, Of(s => metric(s).P50).Mean, Of(s => metric(s).P90).Mean, p99.Mean,
            outcome.Runs.All(r => r.Saturated), p99.Mean - p99.HalfWidth, p99.Mean + p99.HalfWidth);
    }

    private static ChartHead Head(StudyResult study, string title = "")
    {
        var scenario = study.File.Scenario;
        var stated = study.Points.SelectMany(p => p.Runs).FirstOrDefault()?.TimeModel.StatedError ?? "";
        return new ChartHead(
            title, $"{scenario.Title ?? study.File.Name}: {scenario.Model} on {scenario.Machine.Hardware}",
            $"Step times: {stated}. {(scenario.Repeat > 1 ? $"Mean and 95 % interval of {scenario.Repeat} seeds." : $"Seed {scenario.Workload?.Seed}.")}");
    }
}
