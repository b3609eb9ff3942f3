using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One use of memory.</summary>
/// <param name="Name">"weights", "KV cache", "activations", "buffers".</param>
/// <param name="Bytes">How much of it.</param>
public sealed record MemoryPart(string Name, double Bytes);

/// <summary>The memory of one configuration.</summary>
/// <param name="Label">Its place on the x axis: "fp16", "batch 64".</param>
/// <param name="Parts">What takes the memory, from the bottom up; the same names in the same order everywhere.</param>
public sealed record MemoryBar(string Label, IReadOnlyList<MemoryPart> Parts);

/// <summary>What takes the memory, and does it fit? Stacked bars over precision, batch or length with the capacity as a line.</summary>
public static class MemoryCompositionChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="over">What the bars differ in: "Precision of the weights".</param>
    /// <param name="bars">The bars in order.</param>
    /// <param name="capacityBytes">What the memory holds; null: no line.</param>
    public static Chart Build(ChartHead head, string over, IReadOnlyList<MemoryBar> bars, double? capacityBytes)
    {
        var capacity = capacityBytes ?? double.PositiveInfinity;
        var pieces = new List<Bar>();
        var names = bars.SelectMany(b => b.Parts).Select(p => p.Name).Distinct(StringComparer.Ordinal).ToList();
        for (var i = 0; i < bars.Count; i++)
        {
            double from = 0;
            var total = bars[i].Parts.Sum(Bytes);
            for (var k = 0; k < bars[i].Parts.Count; k++)
            {
                var part = bars[i].Parts[k];
                var to = from + Bytes(part);
                var colour = ChartColours.Fill(names.IndexOf(part.Name));
                var label = k == bars[i].Parts.Count - 1 ? SiFormat.Value(total, Unit.Bytes) + (total > capacity ? " does not fit" : "") : "";
                var split = Math.Clamp(capacity, from, to);
                if (split > from) pieces.Add(new(i, from, split, colour, split < to ? "" : label, part.Name));
                if (split < to) pieces.Add(new(i, split, to, colour, label, split > from ? "" : part.Name, Hatched: true));
                from = to;
            }
        }

        var marks = new List<Mark> { new BarsMark { Name = "memory", Bars = pieces, NameSegments = names.Count <= 5 } };
        if (capacityBytes is { } line) marks.Add(new ReferenceMark { Name = $"capacity {SiFormat.Value(line, Unit.Bytes)}", At = line, Colour = ChartColour.Red, Importance = 10 });
        return new Chart
        {
            Title = head.TitleOr(Finding(bars, capacity)),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"Stacked bars of memory over {over}; what lies above the capacity is hatched.",
            Key = names.Count <= 5 ? [] : [.. names.Select((n, i) => new KeyEntry(n, ChartColours.Fill(i)))],
            Panels = [new Panel { X = Axis.OfCategories(over, [.. bars.Select(b => b.Label)]), Y = new Axis { Quantity = "Memory", Unit = Unit.Bytes }, Marks = marks }],
        };
    }

    // A use below zero or without a number is no use.
    private static double Bytes(MemoryPart part) => part.Bytes > 0 ? part.Bytes : 0;

    private static string Finding(IReadOnlyList<MemoryBar> bars, double capacity)
    {
        var over = bars.Count(b => b.Parts.Sum(Bytes) > capacity);
        if (double.IsInfinity(capacity) || bars.Count == 0) return "What takes the memory";
        return over == 0 ? "Every configuration fits" : over == bars.Count ? "No configuration fits" : $"{over} of {bars.Count} configurations {(over == 1 ? "does" : "do")} not fit";
    }
}
