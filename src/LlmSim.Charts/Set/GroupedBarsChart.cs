using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One series of bars: a bar per category.</summary>
/// <param name="Name">Its name: "predicted", "published".</param>
/// <param name="Values">A value per category; NaN: no bar.</param>
public sealed record BarGroup(string Name, IReadOnlyList<double> Values);

/// <summary>A few figures side by side for each of a few things: policies, offloading methods, predicted beside published.</summary>
public static class GroupedBarsChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="over">What the categories are.</param>
    /// <param name="categories">Their names.</param>
    /// <param name="y">The value axis; logarithmic bars start at its lower end.</param>
    /// <param name="groups">The series.</param>
    public static Chart Build(ChartHead head, string over, IReadOnlyList<string> categories, Axis y, IReadOnlyList<BarGroup> groups)
    {
        var bars = new List<Bar>();
        var width = 0.8 / Math.Max(1, groups.Count);
        for (var g = 0; g < groups.Count; g++)
        {
            for (var c = 0; c < Math.Min(categories.Count, groups[g].Values.Count); c++)
            {
                var value = groups[g].Values[c];
                if (double.IsNaN(value)) continue;
                bars.Add(new(c - 0.4 + width * (g + 0.5), 0, value, ChartColours.Fill(g), Label(value, y.Unit), groups[g].Name, Thickness: width * 0.92));
            }
        }

        // A log axis has no zero to start from: bars begin a little below the least value, and the axis says where.
        double[] positive = [.. bars.Select(b => b.To).Where(v => v > 0 && double.IsFinite(v))];
        var logarithmic = y.Scale == AxisScale.Log || y.Scale == AxisScale.Auto && positive.Length > 1 && positive.Max() / positive.Min() > 100;
        var axis = logarithmic && positive.Length > 0 ? y with { Scale = AxisScale.Log, Minimum = y.Minimum ?? positive.Min() / 2, Maximum = y.Maximum ?? positive.Max() * 1.6 } : y with { Scale = AxisScale.Linear };
        return new()
        {
            Title = head.TitleOr($"{y.Quantity} by {over}"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"Bars of {y.Quantity} for {string.Join(", ", groups.Select(g => g.Name))}.",
            Key = groups.Count > 1 ? [.. groups.Select((g, i) => new KeyEntry(g.Name, ChartColours.Fill(i)))] : [],
            Panels = [new Panel { X = Axis.OfCategories(over, categories), Y = axis, Marks = [new BarsMark { Name = y.Quantity, Bars = bars }] }],
        };
    }

    // A word such as "tokens/s" stands at the axis already; "ms" and "GB" are short enough to say again.
    private static string Label(double value, Unit unit) => SiFormat.Value(value, unit.Joined ? unit : unit with { Symbol = "" });
}
