using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One configuration.</summary>
/// <param name="Name">What it is: "TP 4, fp8, batch 64".</param>
/// <param name="TokensPerSecondPerUser">Speed that one user sees.</param>
/// <param name="TokensPerSecondPerDevice">What one device yields.</param>
/// <param name="Saturated">It could not keep up: what it yields is no steady state's, so that it is shown but stands on no front.</param>
public sealed record ParetoPoint(string Name, double TokensPerSecondPerUser, double TokensPerSecondPerDevice, bool Saturated = false);

/// <summary>Speed for one user against yield of one device: which configurations are worth considering?</summary>
public static class ParetoChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="points">All configurations.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<ParetoPoint> points)
    {
        var front = Front(points);
        var chosen = front.ToHashSet();
        var saturated = points.Where(p => p.Saturated).ToList();
        PointsMark Others(string name, Marker marker, IEnumerable<ParetoPoint> of) => new()
        {
            Name = name,
            Colour = ChartColour.Grey,
            Marker = marker,
            Size = 8,
            Points = [.. of.Select(p => new ChartPoint(p.TokensPerSecondPerUser, p.TokensPerSecondPerDevice, "", double.NaN, 0, p.Name))],
        };
        var marks = new List<Mark>
        {
            Others("dominated", Marker.Circle, points.Where(p => !p.Saturated && !chosen.Contains(p))),
            Others("saturated", Marker.Cross, saturated),
            new LineMark { Name = "front", Label = "", Colour = ChartColour.Blue, X = [.. front.Select(p => p.TokensPerSecondPerUser)], Y = [.. front.Select(p => p.TokensPerSecondPerDevice)] },
            // The ends of the front say most, then those between.
            new PointsMark { Name = "front", Colour = ChartColour.Blue, Size = 12, Points = [.. front.Select((p, i) => new ChartPoint(p.TokensPerSecondPerUser, p.TokensPerSecondPerDevice, p.Name, double.NaN, i == 0 || i == front.Count - 1 ? 2 : 1, p.Name))] },
        };
        return new()
        {
            Title = head.TitleOr(points.Count == 0 ? "Speed against yield" : $"{front.Count} of {points.Count} configurations are on the front"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = "Tokens per second and device over tokens per second and user; the Pareto front is drawn, dominated configurations are grey, saturated ones crosses.",
            Key = front.Count < points.Count
                ? [new("on the front", ChartColour.Blue, KeyShape.Point), .. KeyOf(front.Count + saturated.Count < points.Count, "dominated", Marker.Circle), .. KeyOf(saturated.Count > 0, "saturated", Marker.Cross)] : [],
            Panels =
            [
                new Panel
                {
                    X = Over("Speed per user", points.Select(p => p.TokensPerSecondPerUser)),
                    Y = Over("Yield per device", points.Select(p => p.TokensPerSecondPerDevice)),
                    Marks = marks,
                },
            ],
        };
    }

    private static KeyEntry[] KeyOf(bool shown, string text, Marker marker) => shown ? [new(text, ChartColour.Grey, KeyShape.Point, Marker: marker)] : [];

    /// <summary>An axis with room for the last marker, which starts below values that lie close together: near enough to tell them apart, far enough to show that they are close.</summary>
    private static Axis Over(string quantity, IEnumerable<double> values)
    {
        var axis = new Axis { Quantity = quantity, Unit = Unit.TokensPerSecond, Scale = AxisScale.Auto };
        if (values.Where(double.IsFinite).ToList() is not { Count: > 1 } known || known.Max() <= 0) return axis;
        return known.Min() > 0.85 * known.Max() ? axis with { Minimum = 0.8 * known.Max(), Maximum = 1.03 * known.Max() } : axis with { Maximum = 1.03 * known.Max() };
    }

    /// <summary>The configurations that no other beats in one figure without losing in the other, by rising speed.</summary>
    internal static List<ParetoPoint> Front(IReadOnlyList<ParetoPoint> points)
    {
        var front = new List<ParetoPoint>();
        var best = double.NegativeInfinity;
        var usable = points.Where(p => !p.Saturated && double.IsFinite(p.TokensPerSecondPerUser) && double.IsFinite(p.TokensPerSecondPerDevice));
        foreach (var point in usable.OrderByDescending(p => p.TokensPerSecondPerUser).ThenByDescending(p => p.TokensPerSecondPerDevice).ThenBy(p => p.Name, StringComparer.Ordinal))
        {
            if (point.TokensPerSecondPerDevice <= best) continue;
            best = point.TokensPerSecondPerDevice;
            front.Add(point);
        }

        front.Reverse();
        return front;
    }
}
