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

    /// <summary>More curves than this nobody can tell apart; the best are drawn, and the footnote says so.</summary>
    private const int MostCurves = 12;

    /// <summary>A heat map with more rows or columns than this has cells too small to read.</summary>
    private const int MostCells = 40;

    /// <summary>All charts, by file name without extension.</summary>
    public static IReadOnlyList<(string Name, Chart Chart)> All(StudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var charts = new List<(string, Chart)>();
        if (CurveAxis(study.Axes) is { } axis)
        {
            var all = StudySeries.Along(study, axis.Path);
            var series = Best(all, study.File.Scenario.Slo is not null);
            var left = series.Count < all.Count ? $" The best {series.Count} of {all.Count} curves; all points are in points.csv." : "";
            charts.AddRange(axis.Path == Rate ? OverRate(study, series, left) : OverNumbers(study, axis.Path, series, left));
        }

        else if (study.Points.Count(p => p.Runs.Count > 0) is > 1 and <= MostCells)
        {
            charts.AddRange(OverNames(study));
        }

        charts.Add(("pareto", Pareto(study)));
        if (study.Axes.Groups is [var rows, var columns] && rows[0].Values.Count <= MostCells && columns[0].Values.Count <= MostCells) charts.Add(("heat-map", HeatMap(study)));
        return charts;
    }

    /// <summary>The axis that curves run along: the offered rate, else the first of numbers; null where all are words.</summary>
    internal static StudyAxis? CurveAxis(StudyAxes axes) =>
        axes.Axes.Where(a => a.Values.All(v => v.Kind == JsonValueKind.Number)).OrderBy(a => a.Path == Rate ? 0 : 1).FirstOrDefault();

    /// <summary>The series that reach most goodput, or most output tokens where nothing was promised; in their own order.</summary>
    private static IReadOnlyList<StudySeries> Best(IReadOnlyList<StudySeries> series, bool promised)
    {
        if (series.Count <= MostCurves) return series;
        var metric = StudyMetric.Named(promised ? "goodput" : "throughput.outputTokensPerSecond");
        var best = series.OrderByDescending(s => s.Points.Max(p => p.Outcome.Of(metric).Mean)).Take(MostCurves).ToHashSet();
        return [.. series.Where(best.Contains)];
    }

    /// <summary>Speed for one user against yield of a device: which points are worth considering.</summary>
    private static Chart Pareto(StudyResult study)
    {
        var perUser = StudyMetric.Named("throughput.outputTokensPerSecondPerUser");
        var perDevice = StudyMetric.Named("throughput.outputTokensPerSecondPerDevice");
        return ParetoChart.Build(
            Head(study), [.. study.Points.Where(p => p.Runs.Count > 0).Select(p => new ParetoPoint(StudySeries.Label(study, study.Axes.Places(p.Point.Index)), p.Of(perUser).Mean, p.Of(perDevice).Mean, p.Runs.Any(r => r.Saturated)))]);
    }

    /// <summary>Share of good requests over the study's two axes.</summary>
    private static Chart HeatMap(StudyResult study)
    {
        // A group of zipped axes is one axis of the map.
        var (rows, columns) = (study.Axes.Groups[0], study.Axes.Groups[1]);
        string Title(IReadOnlyList<StudyAxis> group) => string.Join(", ", Telling(group).Select(a => a.Path == Rate ? $"Offered rate ({RateUnit(study.File.Scenario).Symbol})" : a.Path));
        List<string> Names(IReadOnlyList<StudyAxis> group) => [.. Enumerable.Range(0, group[0].Values.Count).Select(i => string.Join(", ", Telling(group).Select(a => AxisValue.Brief(a.Values[i]))))];
        var share = StudyMetric.Named("goodputShare");
        return HeatMapChart.Build(
            Head(study, "Share of requests that meet the SLO"), Title(columns), Names(columns), Title(rows), Names(rows),
            // The last axis varies fastest.
            "Share of good requests", Unit.Share, (r, c) => study.Points[r * columns[0].Values.Count + c].Of(share).Mean);
    }

    /// <summary>Where no axis is of numbers: the configurations side by side.</summary>
    private static IEnumerable<(string, Chart)> OverNames(StudyResult study)
    {
        List<PointOutcome> run = [.. study.Points.Where(p => p.Runs.Count > 0)];
        List<string> names = [.. run.Select(p => StudySeries.Label(study, study.Axes.Places(p.Point.Index)))];
        BarGroup Group(string name, string metric) => new(name, [.. run.Select(p => p.Of(StudyMetric.Named(metric)).Mean)]);
        var over = string.Join(", ", study.Axes.Axes.Select(a => a.Path));
        foreach (var (name, title) in new[] { ("ttft", "TTFT"), ("tpot", "TPOT") })
        {
            yield return (name, GroupedBarsChart.Build(
                Head(study, $"{title} by {over}"), over, names, new Axis { Quantity = title, Unit = Unit.Seconds, Scale = AxisScale.Auto }, [Group("p50", name + ".p50"), Group("p99", name + ".p99")]));
        }

        yield return ("throughput", GroupedBarsChart.Build(
            Head(study, $"Throughput by {over}"), over, names, new Axis { Quantity = "Output tokens", Unit = Unit.TokensPerSecond }, [Group("output tokens", "throughput.outputTokensPerSecond")]));
    }

    /// <summary>Of zipped axes those that tell points apart best: names, where there are some.</summary>
    private static IEnumerable<StudyAxis> Telling(IReadOnlyList<StudyAxis> group) =>
        group.Any(a => a.Values.All(v => v.Kind == JsonValueKind.String)) ? group.Where(a => a.Values.All(v => v.Kind == JsonValueKind.String)) : group;

    private static List<(string, Chart)> OverRate(StudyResult study, IReadOnlyList<StudySeries> series, string left)
    {
        var slo = study.File.Scenario.Slo;
        var charts = new List<(string, Chart)>();
        foreach (var (name, title, metric, bound) in new (string, string, Func<Summary, Distribution>, BoundSection?)[]
        {
            ("ttft", "TTFT", s => s.Ttft, slo?.Ttft), ("tpot", "TPOT", s => s.Tpot, slo?.Tpot), ("itl", "ITL", s => s.Itl, slo?.Itl), ("e2e", "E2E latency", s => s.E2e, slo?.E2e),
        })
        {
            // Gaps between tokens differ from their mean by stalls only; the chart is worth its place where they were promised.
            if (name == "itl" && bound is null) continue;
            var curves = series.Select(s => new LoadCurve(s.Name, [.. s.Points.Select(p => Load(p.X, p.Outcome, metric))])).ToList();
            charts.Add(("throughput-" + name, ThroughputLatencyChart.Build(Head(study, left: left), title, curves, bound?.Seconds, bound?.P ?? 0.99)));
        }

        var share = StudyMetric.Named("goodputShare");
        charts.Add(("goodput", GoodputChart.Build(
            Head(study, left: left), [.. series.Select(s => new GoodputCurve(s.Name, [.. s.Points.Select(p => p.X)], [.. s.Points.Select(p => p.Outcome.Of(share).Mean)]))],
            slo?.Goodput ?? 0.9)));
        return charts;
    }

    private static List<(string, Chart)> OverNumbers(StudyResult study, string path, IReadOnlyList<StudySeries> series, string left)
    {
        Chart Curve(string title, string quantity, Unit unit, string metric) => CurveChart.Build(
            Head(study, title, left), new Axis { Quantity = path, Unit = Unit.None, Scale = AxisScale.Auto }, new Axis { Quantity = quantity, Unit = unit },
            [
                .. series.Select(s =>
                {
                    var estimates = s.Points.Select(p => p.Outcome.Of(StudyMetric.Named(metric))).ToList();
                    var bands = estimates.All(e => !double.IsNaN(e.HalfWidth));
                    return new Curve(
                        s.Name, [.. s.Points.Select(p => p.X)], [.. estimates.Select(e => e.Mean)],
                        bands ? [.. estimates.Select(e => e.Mean - e.HalfWidth)] : null, bands ? [.. estimates.Select(e => e.Mean + e.HalfWidth)] : null);
                }),
            ]);

        // What is promised changes no latency, only how many requests are good.
        List<(string, Chart)> charts = path.StartsWith("slo.", StringComparison.Ordinal) ? [] :
        [
            ("ttft", Curve("How the time to first token (p99) follows " + path, "TTFT p99", Unit.Seconds, "ttft.p99")),
            ("tpot", Curve("How the time per output token (p99) follows " + path, "TPOT p99", Unit.Seconds, "tpot.p99")),
            ("throughput", Curve("How throughput follows " + path, "Output tokens", Unit.TokensPerSecond, "throughput.outputTokensPerSecond")),
        ];
        if (study.File.Scenario.Slo is not null || path.StartsWith("slo.", StringComparison.Ordinal))
            charts.Add(("goodput", Curve("How the share of good requests follows " + path, "Requests that meet the SLO", Unit.Share, "goodputShare")));
        return charts;
    }

    private static LoadPoint Load(double rate, PointOutcome outcome, Func<Summary, Distribution> metric)
    {
        Estimate Of(Func<Summary, double> value) => Estimate.From([.. outcome.Runs.Select(value)]);
        var p99 = Of(s => metric(s).P99);
        return new LoadPoint(
            rate, Of(s => s.Throughput.OutputTokensPerSecondPerDevice).Mean, Of(s => metric(s).P50).Mean, Of(s => metric(s).P90).Mean, p99.Mean,
            outcome.Runs.All(r => r.Saturated), p99.Mean - p99.HalfWidth, p99.Mean + p99.HalfWidth);
    }

    /// <summary>A rate of sessions brings several requests for each.</summary>
    private static Unit RateUnit(Scenario scenario) => scenario.Workload?.Arrivals?.Kind == "sessions" ? Unit.Of("sessions/s") : Unit.RequestsPerSecond;

    private static ChartHead Head(StudyResult study, string title = "", string left = "")
    {
        var scenario = study.File.Scenario;
        var stated = study.Points.SelectMany(p => p.Runs).FirstOrDefault()?.TimeModel.StatedError ?? "";
        return new ChartHead(
            title, $"{scenario.Title ?? study.File.Name}: {scenario.Model} on {scenario.Machine.Hardware}",
            $"Step times: {stated}. {(scenario.Repeat > 1 ? $"Mean and 95 % interval of {scenario.Repeat} seeds." : $"Seed {scenario.Workload?.Seed}.")}{left}")
        { Rate = RateUnit(scenario) };
    }
}
