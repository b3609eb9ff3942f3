using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One run of a curve.</summary>
/// <param name="Rate">Offered rate in requests per second.</param>
/// <param name="TokensPerSecondPerDevice">Output tokens per second and device.</param>
/// <param name="P50">Median latency in seconds.</param>
/// <param name="P90">90th percentile in seconds.</param>
/// <param name="P99">99th percentile in seconds.</param>
/// <param name="Saturated">The run could not keep up.</param>
/// <param name="P99Low">Lower end of the confidence interval of the 99th percentile over repeats; NaN: none.</param>
/// <param name="P99High">Upper end of that interval; NaN: none.</param>
public sealed record LoadPoint(
    double Rate, double TokensPerSecondPerDevice, double P50, double P90, double P99, bool Saturated, double P99Low = double.NaN, double P99High = double.NaN);

/// <summary>One curve: a policy or a configuration over rising load.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Points">Its runs by rate.</param>
/// <param name="KneeRate">Rate in requests per second at which latency turns up; null: not marked.</param>
public sealed record LoadCurve(string Name, IReadOnlyList<LoadPoint> Points, double? KneeRate = null);

/// <summary>Latency over load: at what load does each policy leave the SLO?</summary>
public static class ThroughputLatencyChart
{
    private static readonly (double Share, Dash Dash)[] Percentiles = [(0.5, Dash.Solid), (0.9, Dash.Dashed), (0.99, Dash.Dotted)];

    /// <summary>With more curves than this, each is drawn at the median and at the percentile that was promised only, and without its rates.</summary>
    private const int MostInFull = 3;

    /// <summary>Builds the chart: latency over offered rate and, beside it, over output tokens per second and device.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="latency">Which latency: "TTFT".</param>
    /// <param name="curves">One per policy or configuration.</param>
    /// <param name="sloSeconds">The SLO; null: none.</param>
    /// <param name="sloPercentile">The percentile that the SLO names, 0.5, 0.9 or 0.99.</param>
    /// <param name="overThroughput">Whether the second panel is drawn.</param>
    public static Chart Build(ChartHead head, string latency, IReadOnlyList<LoadCurve> curves, double? sloSeconds, double sloPercentile = 0.99, bool overThroughput = true)
    {
        var panels = new List<Panel> { Panel(latency, curves, sloSeconds, sloPercentile, head.Rate, byRate: true) };
        if (overThroughput) panels.Add(Panel(latency, curves, sloSeconds, sloPercentile, head.Rate, byRate: false));
        return new()
        {
            Title = head.TitleOr(Finding(latency, curves, sloSeconds, sloPercentile, head.Rate)),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"{latency} percentiles over offered rate{(overThroughput ? " and over output tokens per second and device" : "")} for {string.Join(", ", curves.Select(c => c.Name))}.",
            Columns = panels.Count,
            ShareY = true,
            Key = curves.Count == 1 ? [] : [.. Drawn(curves.Count, sloPercentile).Select(p => new KeyEntry(Word(p.Share), ChartColour.Black, KeyShape.Line, p.Dash))],
            Panels = panels,
        };
    }

    private static IEnumerable<(double Share, Dash Dash)> Drawn(int count, double promised) =>
        Percentiles.Where(p => count <= MostInFull || p.Share == 0.5 || p.Share == Nearest(promised));

    private static double Nearest(double percentile) => percentile <= 0.9 ? 0.9 : 0.99;

    private static string Word(double share) => $"p{SiFormat.Significant(share * 100)}";

    /// <summary>The rate at which a curve's latency crosses a limit, between two runs on a straight line of its logarithm; null: it does not.</summary>
    internal static double? Crossing(LoadCurve curve, double limit, double percentile)
    {
        var points = curve.Points;
        for (var i = 1; i < points.Count; i++)
        {
            var (a, b) = (Of(points[i - 1], percentile), Of(points[i], percentile));
            if (!(a <= limit && b > limit)) continue;
            // Towards saturation latency grows by factors, so its logarithm is the straighter line; where it hardly grows the two are the same.
            var share = a > 0 ? Math.Log(limit / a) / Math.Log(b / a) : (limit - a) / (b - a);
            return points[i - 1].Rate + share * (points[i].Rate - points[i - 1].Rate);
        }

        return null;
    }

    private static Panel Panel(string latency, IReadOnlyList<LoadCurve> curves, double? slo, double percentile, Unit rate, bool byRate)
    {
        var count = curves.Count;
        var marks = new List<Mark>();
        if (byRate && count == 1 && curves[0].Points.FirstOrDefault(p => p.Saturated) is { } first)
            marks.Add(new RegionMark { Name = "saturated", FromX = first.Rate, Colour = ChartColour.Grey, Importance = 2 });
        for (var i = 0; i < curves.Count; i++) marks.AddRange(Curve(curves[i], i, rate, byRate, count, slo, percentile));
        if (slo is { } limit)
            marks.Add(new ReferenceMark { Name = $"SLO p{SiFormat.Significant(percentile * 100)} {SiFormat.Value(limit, Unit.Seconds)}", At = limit, Colour = ChartColour.Red, Importance = 8 });
        return new()
        {
            // Room for the markers of the last runs.
            X = (byRate ? new Axis { Quantity = "Offered rate", Unit = rate } : new Axis { Quantity = "Output per device", Unit = Unit.TokensPerSecond }) with
            {
                Maximum = curves.SelectMany(c => c.Points).Select(p => byRate ? p.Rate : p.TokensPerSecondPerDevice).Where(v => double.IsFinite(v) && v > 0).Select(v => (double?)(v * 1.02)).DefaultIfEmpty(null).Max(),
            },
            Y = new Axis { Quantity = latency, Unit = Unit.Seconds, Scale = AxisScale.Auto },
            Marks = marks,
        };
    }

    private static IEnumerable<Mark> Curve(LoadCurve curve, int index, Unit rate, bool byRate, int count, double? slo, double percentile)
    {
        var colour = ChartColours.Line(index);
        double[] xs = [.. curve.Points.Select(p => byRate ? p.Rate : p.TokensPerSecondPerDevice)];
        // Straight lines between runs may turn back once throughput falls; a band needs ascending x.
        if (byRate && curve.Points.Any(p => double.IsFinite(p.P99High)))
            yield return new BandMark { Name = $"{curve.Name} p99, confidence interval", Colour = colour, X = xs, Low = [.. curve.Points.Select(p => p.P99Low)], High = [.. curve.Points.Select(p => p.P99High)] };
        var drawn = Drawn(count, percentile).ToList();
        foreach (var (share, dash) in drawn) yield return Percentile(curve, xs, share, dash, colour, index, count, labelled: share == drawn[^1].Share);
        if (byRate && curve.KneeRate is { } knee)
            yield return new ReferenceMark { Name = count == 1 ? $"knee {SiFormat.Value(knee, rate)}" : $"knee {curve.Name}", At = knee, Vertical = true, Colour = count == 1 ? ChartColour.Grey : colour, Dash = Dash.DashDot, Importance = 3, Widens = false };
        if (byRate && slo is { } limit && Crossing(curve, limit, percentile) is { } crossing)
            yield return new PointsMark { Name = curve.Name, Colour = colour, Marker = Marker.Diamond, Size = 13, Importance = 9, Points = [new(crossing, limit, $"{SiFormat.Significant(crossing)}/s", double.NaN, 0, $"{curve.Name} leaves the SLO")] };
        var saturated = curve.Points.Where(p => p.Saturated).ToList();
        if (saturated.Count > 0 && count > 1)
            yield return new PointsMark { Name = $"{curve.Name}, saturated", Colour = colour, Marker = Marker.Cross, Size = 14, Points = [.. saturated.Select(p => new ChartPoint(byRate ? p.Rate : p.TokensPerSecondPerDevice, p.P99, "", double.NaN, 0, $"{curve.Name}, saturated"))] };
        if (!byRate && curve.Points.Count > 0 && count <= MostInFull)
        {
            LoadPoint[] ends = curve.Points.Count == 1 ? [curve.Points[0]] : [curve.Points[0], curve.Points[^1]];
            yield return new PointsMark { Name = curve.Name, Colour = colour, Marker = Marker.Circle, Size = 5, Points = [.. ends.Select(p => new ChartPoint(p.TokensPerSecondPerDevice, p.P50, $"{SiFormat.Significant(p.Rate)}/s", double.NaN, 1, $"{curve.Name} at {SiFormat.Value(p.Rate, rate)}"))] };
        }
    }

    private static LineMark Percentile(LoadCurve curve, double[] xs, double share, Dash dash, ChartColour colour, int index, int count, bool labelled)
    {
        var name = Word(share);
        return new()
        {
            Name = $"{curve.Name} {name}",
            Label = count == 1 ? name : labelled ? curve.Name : "",
            Colour = colour,
            Dash = dash,
            X = xs,
            Y = [.. curve.Points.Select(p => Of(p, share))],
            Marker = labelled ? ChartColours.Marker(index) : Marker.None,
            Importance = share,
        };
    }

    private static double Of(LoadPoint point, double percentile) => percentile switch { <= 0.5 => point.P50, <= 0.9 => point.P90, _ => point.P99 };

    private static string Finding(string latency, IReadOnlyList<LoadCurve> curves, double? slo, double percentile, Unit unit)
    {
        var what = $"p{SiFormat.Significant(percentile * 100)} {latency}";
        if (slo is not { } limit) return $"{latency} over load";
        var crossings = curves.Select(c => (c.Name, Rate: Crossing(c, limit, percentile))).Where(c => c.Rate is not null).OrderByDescending(c => c.Rate).ToList();
        var staying = curves.Where(c => c.Points.Count > 0 && c.Points.All(p => Of(p, percentile) <= limit)).ToList();
        if (staying.Count == curves.Count) return $"{what} stays within the SLO at every load tried";
        if (staying.Count > 0) return $"{(staying.Count == 1 ? staying[0].Name : $"{staying.Count} of {curves.Count}")} {(staying.Count == 1 ? "keeps" : "keep")} {what} within the SLO at every load tried";
        if (crossings.Count == 0)
            return curves.All(c => c.Points.All(p => Of(p, percentile) > limit)) ? $"{what} never meets the SLO" : $"{what} over load";
        // Between two runs: the title says that it is no run's own rate.
        var rate = SiFormat.Value(crossings[0].Rate!.Value, unit);
        return curves.Count == 1 ? $"{what} leaves the SLO at about {rate}" : $"{crossings[0].Name} keeps {what} within the SLO longest, to about {rate}";
    }
}
