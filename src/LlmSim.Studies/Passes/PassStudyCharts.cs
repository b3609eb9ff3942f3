using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Execution.Placement;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>
/// The charts of a pass study. Along an axis of numbers: time, throughput and memory, and what changes against the first value of an axis of words;
/// over the first axis: what memory holds; for few points: rooflines.
/// </summary>
public static class PassStudyCharts
{
    private const int MostRooflines = 9, MostCompositions = 6, MostBars = 24, MostBarGroups = 6;

    /// <summary>All charts.</summary>
    /// <returns>File names without extension, and charts.</returns>
    public static IReadOnlyList<(string Name, Chart Chart)> All(PassStudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var grid = new PassGrid(study);
        var charts = new List<(string, Chart)>();
        if (grid.Along is { } along)
        {
            charts.Add(("time", Curves(study, grid, along, "Time of a pass", "seconds")));
            charts.Add(("throughput", Curves(study, grid, along, "Throughput", "tokens_per_second")));
            charts.Add(("memory", Curves(study, grid, along, "Memory", "memory_bytes")));
            charts.Add(("linear-time", Curves(study, grid, along, "Time of the linear layers", "linear_seconds")));
            if (grid.Baseline is { } baseline)
            {
                charts.Add(("relative-time", Relative(study, grid, along, baseline, "Time", "seconds")));
                charts.Add(("relative-bytes", Relative(study, grid, along, baseline, "Bytes moved", "bytes")));
                charts.Add(("relative-memory", Relative(study, grid, along, baseline, "Memory", "memory_bytes")));
            }
        }
        else if (grid.First is { } first)
        {
            charts.Add(("time", Bars(study, grid, first)));
        }

        if (PassColumns.HasPublished(study)) charts.Add(("published", Published(study, grid)));
        if (grid.First is { } over) charts.AddRange(Compositions(study, grid, over));
        charts.AddRange(Rooflines(study, grid));
        if (grid.Along is { } length && study.Points.Any(p => PassRoofs.Beside(p.Answer.Question).Any())) charts.Add(("roofline-passes", PassesUnderRoofs(study, grid, length)));
        if (study.Points.Count == 1) charts.Add(("operators", PassCharts.Operators(study.Points[0].Answer)));
        return charts;
    }

    private static Chart Curves(PassStudyResult study, PassGrid grid, int along, string what, string metric)
    {
        var (x, curves) = (Axis(study, grid, along), grid.Curves(along));
        var y = PassMetric.Named(metric);
        var capacities = study.Points.Select(p => p.Answer.CapacityBytes).Distinct().ToList();
        IReadOnlyList<CurveLimit> limits = metric == "memory_bytes" && capacities.Count == 1
            ? [new CurveLimit("capacity " + SiFormat.Value(capacities[0], Unit.Bytes), capacities[0])] : [];
        return CurveChart.Build(
            Head(study, $"{study.Title}: {what.ToLowerInvariant()}"), x,
            new Axis { Quantity = what, Unit = y.Unit, Scale = Scale(study.Points.Select(p => y.Of(p.Answer))) },
            [.. curves.Select(c => new Curve(c.Name, [.. c.Points.Select(p => grid.X(p, along))], [.. c.Points.Select(p => y.Of(p.Answer))]))], limits);
    }

    private static Chart Relative(PassStudyResult study, PassGrid grid, int along, int baseline, string what, string metric)
    {
        var y = PassMetric.Named(metric);
        var curves = new List<Curve>();
        foreach (var (name, points) in grid.Curves(along).Where(c => c.Points[0].Places[baseline] > 0))
            curves.Add(new Curve(name, [.. points.Select(p => grid.X(p, along))], [.. points.Select(p => y.Of(p.Answer) / y.Of(grid.Reference(p, baseline).Answer))]));
        var to = grid.Label(study.Points[0], baseline);
        return CurveChart.Build(
            Head(study, $"{study.Title}: {what.ToLowerInvariant()} relative to {to}"), Axis(study, grid, along),
            new Axis { Quantity = $"{what}, relative to {to}", Unit = Unit.Share }, curves);
    }

    private static Chart Bars(PassStudyResult study, PassGrid grid, int first)
    {
        var curves = grid.Curves(first).Take(MostBarGroups).ToList();
        return GroupedBarsChart.Build(
            Head(study, study.Title + ": time of a pass"), "Setting", [.. curves[0].Points.Select(p => grid.Label(p, first))],
            new Axis { Quantity = "Time of a pass", Unit = Unit.Seconds, Scale = AxisScale.Auto },
            [.. curves.Select(c => new BarGroup(c.Name, [.. c.Points.Select(p => p.Answer.Seconds)]))]);
    }

    private static IEnumerable<(string, Chart)> Compositions(PassStudyResult study, PassGrid grid, int over)
    {
        var rows = Spread(grid.Curves(over), MostCompositions);
        var quantity = grid.Numbers(over) is null ? "Setting" : grid.Quantity(over).Quantity;
        for (var i = 0; i < rows.Count; i++)
        {
            var points = Spread(rows[i].Points, MostBars);
            var capacity = points[0].Answer.CapacityBytes;
            yield return (rows.Count == 1 ? "memory-parts" : FormattableString.Invariant($"memory-parts-{i + 1}"), MemoryCompositionChart.Build(
                Head(study, rows.Count == 1 ? $"{study.Title}: what memory holds" : $"What memory holds: {rows[i].Name}"), quantity,
                [
                    .. points.Select(p => new MemoryBar(
                        grid.Numbers(over) is null ? grid.Label(p, over) : SiFormat.Value(grid.X(p, over), Unit.None),
                        [new("weights", p.Answer.WeightBytes), new("KV cache", p.Answer.KvCacheBytes), new("activations", p.Answer.ActivationBytes)])),
                ],
                points.All(p => p.Answer.CapacityBytes == capacity) ? capacity : null));
        }
    }

    private static IEnumerable<(string, Chart)> Rooflines(PassStudyResult study, PassGrid grid)
    {
        if (study.Points.Count == 1) return [("roofline", PassCharts.Roofline(study.Points[0].Answer))];
        // Of a long sweep the two ends say enough.
        var shown = study.Points.Count <= MostRooflines ? study.Points : Spread(study.Points, 2);
        return shown.Select((p, i) => (FormattableString.Invariant($"roofline-{i + 1}"), RooflineChart.Build(
            PassCharts.Head(p.Answer, $"Roofline: {grid.Name(p)}"), PassCharts.Roofs(p.Answer.Question), PassCharts.Dots(p.Answer))));
    }

    /// <summary>Predicted throughput beside the published one.</summary>
    private static Chart Published(PassStudyResult study, PassGrid grid)
    {
        var points = study.Points.Where(p => p.Answer.Question.PublishedTokensPerSecond is not null).Take(MostBars).ToList();
        return GroupedBarsChart.Build(
            Head(study, study.Title), "Setting", [.. points.Select(p => Short(p, points[0]) is { Length: > 0 } words ? words : grid.Name(p))], new Axis { Quantity = "Throughput", Unit = Unit.TokensPerSecond, Scale = AxisScale.Auto },
            [
                new BarGroup("predicted", [.. points.Select(p => p.Answer.TokensPerSecond)]),
                new BarGroup("published", [.. points.Select(p => p.Answer.Question.PublishedTokensPerSecond!.Value)]),
            ]);
    }

    /// <summary>The words of a point, and of its formats those that differ from the first point's: "opt-30b, flexgen int4".</summary>
    private static string Short(PassPoint point, PassPoint first)
    {
        var words = point.Values.Where(v => v.Value.Kind == System.Text.Json.JsonValueKind.String)
            .Where(v => !v.Key.StartsWith("precision.", StringComparison.Ordinal) || first.Values.All(f => f.Key != v.Key || f.Value.Text != v.Value.Text))
            .Select(v => v.Value.Text).Distinct().ToList();
        return words.Count < 2 ? string.Concat(words) : words[0] + ", " + string.Join(' ', words.Skip(1));
    }

    /// <summary>All passes under all roofs, where passes differ in where operators run or their operands lie: the operators that move, else linear layers, as fast as the pass lets them be.</summary>
    private static Chart PassesUnderRoofs(PassStudyResult study, PassGrid grid, int along)
    {
        var roofs = study.Points.SelectMany(p => PassCharts.Roofs(p.Answer.Question)).Distinct().ToList();
        var moved = study.Points.SelectMany(p => p.Answer.Rows).Where(r => r.Unit != UnitKind.Device).Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        bool IsShown(AnalysisRow row) => moved.Count > 0 ? moved.Contains(row.Name) : PassMetric.IsLinear(row);
        var what = study.Points.SelectMany(p => p.Answer.Rows).Where(IsShown).All(PassMetric.IsLinear) ? "linear layers" : moved.Count == 1 ? moved.Single() : "the operators that move";
        var dots = new List<RooflineOperator>();
        foreach (var (name, points) in grid.Curves(along))
        {
            foreach (var point in points)
            {
                var shown = point.Answer.Rows.Where(IsShown).ToList();
                var (flops, bytes) = (shown.Sum(r => r.Count * r.Flops), shown.Sum(r => r.Count * r.Bytes));
                // Fetching holds the whole pass up; computing elsewhere only the operators themselves.
                var seconds = Math.Max(shown.Sum(r => r.TotalSeconds), point.Answer.Question.Offload is null ? 0 : point.Answer.Seconds);
                var bound = point.Answer.Question.Offload is not null && point.Answer.OperatorSeconds < 0.5 * point.Answer.Seconds ? Bound.Link : shown.MaxBy(r => r.TotalSeconds)!.Bound;
                var end = point == points[0] || point == points[^1];
                dots.Add(new RooflineOperator(grid.Name(point), flops / bytes, flops / seconds, 1.0 / study.Points.Count, PassCharts.Word(bound))
                {
                    Label = end ? $"{name}, {SiFormat.Count(grid.X(point, along))}" : "",
                });
            }
        }

        return RooflineChart.Build(Head(study, $"{study.Title}: {what} of every pass"), roofs, dots);
    }

    private static Axis Axis(PassStudyResult study, PassGrid grid, int along)
    {
        var (quantity, unit) = grid.Quantity(along);
        return new Axis { Quantity = quantity, Unit = unit, Scale = Scale(study.Points.Select(p => grid.X(p, along))) };
    }

    private static ChartHead Head(PassStudyResult study, string title) => new(
        title, Subtitle(study), "Operator times: " + study.StatedError);

    /// <summary>Model and device, where all points share them.</summary>
    public static string Subtitle(PassStudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var models = study.Points.Select(p => p.Answer.Question.Model.Name).Distinct().ToList();
        var devices = study.Points.Select(p => p.Answer.Question.Device.Title).Distinct().ToList();
        var rules = study.Points.Any(p => p.Answer.Question.Rules == CountingRules.LlmViewer) ? ", LLM-Viewer counting" : "";
        return $"{(models.Count == 1 ? models[0] : $"{models.Count} models")} on {(devices.Count == 1 ? devices[0] : $"{devices.Count} devices")}, "
            + $"{study.Points.Count} {(study.Points.Count == 1 ? "pass" : "passes")}{rules}";
    }

    /// <summary>At most so many, spread evenly, the first and the last among them.</summary>
    private static IReadOnlyList<T> Spread<T>(IReadOnlyList<T> all, int most) =>
        all.Count <= most ? all : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * (all.Count - 1) / (most - 1))])];

    /// <summary>Log axes where the range exceeds a decade and a half: sweeps are by factors then.</summary>
    private static AxisScale Scale(IEnumerable<double> values)
    {
        var (low, high) = (double.MaxValue, 0.0);
        foreach (var value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return low > 0 && high / low > 30 ? AxisScale.Log : AxisScale.Linear;
    }
}
