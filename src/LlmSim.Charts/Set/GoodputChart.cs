using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>Goodput of one configuration over load.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Rates">Offered rates in requests per second, ascending.</param>
/// <param name="Shares">Share of the requests that met the SLO, 0 to 1.</param>
public sealed record GoodputCurve(string Name, IReadOnlyList<double> Rates, IReadOnlyList<double> Shares);

/// <summary>Up to what rate do nine in ten requests meet the SLO?</summary>
public static class GoodputChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="curves">One per configuration.</param>
    /// <param name="wanted">The share that is asked for.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<GoodputCurve> curves, double wanted = 0.9)
    {
        var marks = new List<Mark>();
        var best = (Name: "", Rate: double.NegativeInfinity);
        for (var i = 0; i < curves.Count; i++)
        {
            var curve = curves[i];
            marks.Add(new LineMark { Name = curve.Name, X = curve.Rates, Y = curve.Shares, Colour = ChartColours.Line(i), Dash = ChartColours.Dash(i), Marker = ChartColours.Marker(i), Importance = 2 });
            if (Crossing(curve, wanted) is not { } rate) continue;
            marks.Add(new PointsMark { Name = curve.Name, Colour = ChartColours.Line(i), Marker = Marker.Diamond, Size = 13, Importance = 4, Points = [new(rate, wanted, $"{SiFormat.Significant(rate)}/s", double.NaN, 0, $"{curve.Name} falls below {SiFormat.Value(wanted, Unit.Share)}")] });
            if (rate > best.Rate) best = (curve.Name, rate);
        }

        var staying = curves.Where(c => c.Shares.Count > 0 && c.Shares.All(s => s >= wanted)).ToList();

        marks.Add(new ReferenceMark { Name = SiFormat.Value(wanted, Unit.Share), At = wanted, Colour = ChartColour.Red, Importance = 5 });
        var share = SiFormat.Value(wanted, Unit.Share);
        return new()
        {
            Title = head.TitleOr(staying.Count > 0 ? $"{(staying.Count == 1 ? $"{staying[0].Name} serves" : staying.Count == curves.Count ? "All serve" : $"{staying.Count} of {curves.Count} serve")} {share} of requests within the SLO at every load tried"
                : best.Name.Length > 0 ? $"{best.Name} serves {share} of requests within the SLO up to about {SiFormat.Value(best.Rate, head.Rate)}" : "Requests that meet the SLO, over load"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"Share of requests within the SLO over offered rate for {string.Join(", ", curves.Select(c => c.Name))}.",
            Panels =
            [
                new Panel
                {
                    // Room for the markers of the last runs.
                    X = new Axis { Quantity = "Offered rate", Unit = head.Rate, Maximum = curves.SelectMany(c => c.Rates).Where(r => double.IsFinite(r) && r > 0).Select(r => (double?)(r * 1.02)).DefaultIfEmpty(null).Max() },
                    Y = new Axis { Quantity = "Requests that meet the SLO", Unit = Unit.Share, Minimum = 0, Maximum = 1.04 },
                    Marks = marks,
                },
            ],
        };
    }

    /// <summary>The rate at which a curve falls below a share, on a straight line between two runs; null: it does not.</summary>
    internal static double? Crossing(GoodputCurve curve, double wanted)
    {
        for (var i = 1; i < Math.Min(curve.Rates.Count, curve.Shares.Count); i++)
        {
            var (a, b) = (curve.Shares[i - 1], curve.Shares[i]);
            if (a >= wanted && b < wanted) return curve.Rates[i - 1] + (a - wanted) / (a - b) * (curve.Rates[i] - curve.Rates[i - 1]);
        }

        return null;
    }
}
