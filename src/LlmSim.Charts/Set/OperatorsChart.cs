using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>Time of one operator over all its layers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seconds">Its time in the whole pass.</param>
/// <param name="ComputeSeconds">What the arithmetic alone would take.</param>
/// <param name="MemorySeconds">What the memory alone would take.</param>
/// <param name="Bound">What limits it.</param>
public sealed record OperatorBar(string Name, double Seconds, double ComputeSeconds, double MemorySeconds, ChartBound Bound);

/// <summary>Where does the time of a pass go? Bars sorted by time, coloured by bound, with the parts that arithmetic and memory alone would take below each.</summary>
public static class OperatorsChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="operators">The operators in any order.</param>
    /// <param name="most">At most this many bars; the rest is one bar.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<OperatorBar> operators, int most = 14)
    {
        var total = operators.Sum(o => o.Seconds);
        var sorted = operators.OrderByDescending(o => o.Seconds).ThenBy(o => o.Name, StringComparer.Ordinal).ToList();
        if (sorted.Count > most) sorted = [.. sorted.Take(most - 1), Rest(sorted.Skip(most - 1).ToList())];
        var bars = new List<Bar>();
        for (var i = 0; i < sorted.Count; i++)
        {
            var o = sorted[i];
            double Share(double seconds) => total > 0 ? seconds / total : 0;
            var percent = SiFormat.Value(Share(o.Seconds), Unit.Share);
            bars.Add(new(i - 0.18, 0, Share(o.Seconds), Bounds.Colour(o.Bound), $"{percent} · {SiFormat.Value(o.Seconds, Unit.Seconds)}", o.Name, Thickness: 0.44));
            bars.Add(new(i + 0.15, 0, Share(o.ComputeSeconds), Bounds.Colour(ChartBound.Compute), "", "arithmetic alone", true, 0.18));
            bars.Add(new(i + 0.34, 0, Share(o.MemorySeconds), Bounds.Colour(ChartBound.Memory), "", "memory alone", true, 0.18));
        }

        var key = Bounds.Key(sorted.Select(o => o.Bound), points: false).ToList();
        key.Add(new("arithmetic alone", Bounds.Colour(ChartBound.Compute), KeyShape.Hatch));
        key.Add(new("memory alone", Bounds.Colour(ChartBound.Memory), KeyShape.Hatch));
        var first = sorted.FirstOrDefault();
        return new Chart
        {
            Title = head.TitleOr(first is null || !(total > 0) ? "Time of the operators" : $"{first.Name} takes {SiFormat.Value(Math.Round(first.Seconds / total, 3), Unit.Share)} of {SiFormat.Value(total, Unit.Seconds)}"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = "Operators sorted by their share of the time; below each bar what arithmetic alone and memory alone would take.",
            Key = key,
            Panels =
            [
                new Panel
                {
                    X = new Axis { Quantity = "Share of the time", Unit = Unit.Share, Minimum = 0, Maximum = Reach(bars) },
                    Y = Axis.OfCategories("", [.. sorted.Select(o => o.Name)]),
                    Marks = [new BarsMark { Name = "operators", Bars = bars }],
                },
            ],
        };
    }

    // Room for the label right of the longest bar.
    private static double Reach(List<Bar> bars) => Math.Max(1e-6, bars.Select(b => b.To).Where(double.IsFinite).DefaultIfEmpty(1).Max() * 1.3);

    private static OperatorBar Rest(List<OperatorBar> rest) =>
        new($"{rest.Count} others", rest.Sum(o => o.Seconds), rest.Sum(o => o.ComputeSeconds), rest.Sum(o => o.MemorySeconds), rest.MaxBy(o => o.Seconds)!.Bound);
}
