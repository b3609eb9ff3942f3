using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Set;

/// <summary>One curve.</summary>
/// <param name="Name">Its label.</param>
/// <param name="X">Positions.</param>
/// <param name="Y">Values.</param>
/// <param name="Low">Lower end of a confidence interval per value; null: none.</param>
/// <param name="High">Upper end; null: none.</param>
public sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null);

/// <summary>A limit drawn across a curve chart.</summary>
/// <param name="Name">Its label, with the value in it.</param>
/// <param name="At">Where on the y axis.</param>
public sealed record CurveLimit(string Name, double At)
{
    internal ReferenceMark Mark => new() { Name = Name, At = At, Colour = ChartColour.Red, Importance = 100 };
}

/// <summary>Any quantity over any other: batch-performance and length-performance curves, and whatever a study asks.</summary>
public static class CurveChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts; a title is needed, as only the caller knows the question.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="curves">The curves; up to five are labelled at their ends.</param>
    /// <param name="limits">Lines across.</param>
    public static Chart Build(ChartHead head, Axis x, Axis y, IReadOnlyList<Curve> curves, IReadOnlyList<CurveLimit>? limits = null)
    {
        var marks = new List<Mark>();
        for (var i = 0; i < curves.Count; i++)
        {
            var curve = curves[i];
            if (curve.Low is not null && curve.High is not null)
                marks.Add(new BandMark { Name = $"{curve.Name}, confidence interval", Colour = ChartColours.Line(i), X = curve.X, Low = curve.Low, High = curve.High });
            marks.Add(new LineMark
            {
                Name = curve.Name,
                X = curve.X,
                Y = curve.Y,
                Colour = ChartColours.Line(i),
                Dash = ChartColours.Dash(i),
                Marker = curve.X.Count <= 40 ? ChartColours.Marker(i) : Marker.None,
                Importance = curves.Count - i,
            });
        }

        marks.AddRange((limits ?? []).Select(limit => limit.Mark));
        return new()
        {
            Title = head.TitleOr($"{y.Quantity} over {x.Quantity}"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"{y.Quantity} over {x.Quantity} for {string.Join(", ", curves.Select(c => c.Name))}.",
            Panels = [new Panel { X = x, Y = y, Marks = marks }],
        };
    }
}
