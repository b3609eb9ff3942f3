using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Set;

/// <summary>Points of one kind.</summary>
/// <param name="Name">What they are: "decode only", "with prefill".</param>
/// <param name="X">Positions.</param>
/// <param name="Y">Values.</param>
public sealed record ScatterGroup(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>Many observations of two quantities: step time over batch size, TTFT over prompt length.</summary>
public static class ScatterChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts; a title is needed, as only the caller knows the question.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="groups">The kinds of points, told apart by colour and shape.</param>
    /// <param name="limits">Lines across.</param>
    public static Chart Build(ChartHead head, Axis x, Axis y, IReadOnlyList<ScatterGroup> groups, IReadOnlyList<CurveLimit>? limits = null)
    {
        var marks = new List<Mark>();
        for (var i = 0; i < groups.Count; i++)
        {
            var group = groups[i];
            var points = new ChartPoint[Math.Min(group.X.Count, group.Y.Count)];
            for (var k = 0; k < points.Length; k++) points[k] = new(group.X[k], group.Y[k]);
            marks.Add(new PointsMark { Name = group.Name, Colour = ChartColours.Line(i), Marker = ChartColours.Marker(i), Size = points.Length > 2000 ? 5 : 7, Points = points });
        }

        marks.AddRange((limits ?? []).Select(limit => limit.Mark));
        return new()
        {
            Title = head.TitleOr($"{y.Quantity} over {x.Quantity}"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"{groups.Sum(g => Math.Min(g.X.Count, g.Y.Count))} points of {y.Quantity} over {x.Quantity}: {string.Join(", ", groups.Select(g => g.Name))}.",
            Key = groups.Count > 1 ? [.. groups.Select((g, i) => new KeyEntry(g.Name, ChartColours.Line(i), KeyShape.Point, Marker: ChartColours.Marker(i)))] : [],
            Panels = [new Panel { X = x, Y = y, Marks = marks }],
        };
    }
}
