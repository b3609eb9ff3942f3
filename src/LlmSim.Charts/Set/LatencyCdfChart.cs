using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One distribution.</summary>
/// <param name="Name">Run or policy.</param>
/// <param name="Seconds">The latencies in any order; those that are not finite are left out.</param>
public sealed record LatencySample(string Name, IReadOnlyList<double> Seconds);

/// <summary>One metric: a panel.</summary>
/// <param name="Metric">"TTFT", "TPOT", "E2E".</param>
/// <param name="Samples">One line each.</param>
/// <param name="SloSeconds">Limit of this metric; null: none.</param>
public sealed record LatencyPanel(string Metric, IReadOnlyList<LatencySample> Samples, double? SloSeconds = null);

/// <summary>Which share of the requests is served within a time? Panels beside each other with one y axis.</summary>
public static class LatencyCdfChart
{
    /// <summary>Steps of a drawn CDF; a sample with more is read at this many evenly spaced shares, ends included.</summary>
    private const int MostSteps = 1000;

    /// <summary>Percentiles marked on the line where a panel has one.</summary>
    private static readonly double[] Marked = [0.5, 0.9, 0.99];

    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="panels">The metrics.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<LatencyPanel> panels)
    {
        var names = panels.SelectMany(p => p.Samples).Select(s => s.Name).Distinct(StringComparer.Ordinal).ToList();
        return new()
        {
            Title = head.TitleOr("How long do requests wait, and how many?"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"Cumulative shares of requests over {string.Join(", ", panels.Select(p => p.Metric))}, logarithmic in time.",
            Columns = Math.Max(1, panels.Count),
            ShareY = true,
            // One label per line would stand in every panel; a key says it once.
            Key = names.Count > 1 ? [.. names.Select((n, i) => new KeyEntry(n, ChartColours.Line(i), KeyShape.Line, ChartColours.Dash(i)))] : [],
            Panels = [.. panels.Select(p => Panel(p, names))],
        };
    }

    private static Panel Panel(LatencyPanel panel, List<string> names)
    {
        var marks = new List<Mark>();
        foreach (var sample in panel.Samples)
        {
            var i = names.IndexOf(sample.Name);
            double[] sorted = [.. sample.Seconds.Where(double.IsFinite).Order()];
            var (xs, ys) = Cdf(sorted);
            marks.Add(new LineMark { Name = sample.Name, Label = "", X = xs, Y = ys, Step = true, Colour = ChartColours.Line(i), Dash = ChartColours.Dash(i) });
            if (panel.Samples.Count > 1 || xs.Count == 0) continue;
            marks.Add(new PointsMark
            {
                Name = sample.Name,
                Colour = ChartColours.Line(i),
                Points = [.. Marked.Select(q => (Share: q, At: Percentile(sorted, q)))
                    .Select(q => new ChartPoint(q.At, q.Share, $"p{SiFormat.Significant(q.Share * 100)} {SiFormat.Value(q.At, Unit.Seconds)}", double.NaN, q.Share))],
            });
        }

        var longest = panel.Samples.SelectMany(s => s.Seconds).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        if (panel.SloSeconds is { } slo) marks.Add(new ReferenceMark { Name = $"SLO {SiFormat.Value(slo, Unit.Seconds)}", At = slo, Vertical = true, Colour = ChartColour.Red, Importance = 5 });
        return new()
        {
            // Room right of the tail and above it for the labels of the percentiles.
            X = new Axis { Quantity = panel.Metric, Unit = Unit.Seconds, Scale = AxisScale.Log, Maximum = longest > 0 ? longest * 4 : null },
            Y = new Axis { Quantity = "Share of requests", Unit = Unit.Share, Minimum = 0, Maximum = 1.05 },
            Marks = marks,
        };
    }

    /// <summary>A percentile between neighbours by a straight line, as the tables beside the chart have it: the line's own steps differ from it where values are few.</summary>
    private static double Percentile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return sorted[below] + (place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }

    /// <summary>The steps of the empirical distribution of ascending values.</summary>
    internal static (List<double> Seconds, List<double> Shares) Cdf(double[] sorted)
    {
        var (xs, ys) = (new List<double>(), new List<double>());
        var steps = Math.Min(sorted.Length, MostSteps);
        for (var k = 1; k <= steps; k++)
        {
            var i = (int)((long)k * sorted.Length / steps) - 1;
            xs.Add(sorted[i]);
            ys.Add((i + 1.0) / sorted.Length);
        }

        return (xs, ys);
    }
}
