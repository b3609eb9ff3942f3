using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One activity on a unit.</summary>
/// <param name="Lane">The unit: "GPU 0 matrix", "copy engine".</param>
/// <param name="Class">Class of the operator, which colours it: "GEMM", "attention", "copy", "collective".</param>
/// <param name="Name">What runs.</param>
/// <param name="StartSeconds">Its start.</param>
/// <param name="EndSeconds">Its end.</param>
public sealed record GanttSpan(string Lane, string Class, string Name, double StartSeconds, double EndSeconds);

/// <summary>Which unit does what when? Lanes per unit with the memory curve below on the same time axis.</summary>
public static class GanttChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="lanes">The units from top to bottom.</param>
    /// <param name="spans">The activities in any order.</param>
    /// <param name="memory">Memories below, one panel each.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<string> lanes, IReadOnlyList<GanttSpan> spans, IReadOnlyList<MemoryTrack> memory)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var lane in lanes) index.TryAdd(lane, index.Count);
        foreach (var span in spans) index.TryAdd(span.Lane, index.Count);
        var classes = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var span in spans) classes[span.Class] = classes.GetValueOrDefault(span.Class) + (span.EndSeconds - span.StartSeconds);
        List<string> order = [.. classes.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Key)];
        var colours = order.Select((c, i) => (c, Colour: i < 8 ? ChartColours.Fill(i) : ChartColour.Grey)).ToDictionary(c => c.c, c => c.Colour, StringComparer.Ordinal);
        var drawn = spans.OrderBy(s => index[s.Lane]).ThenBy(s => s.StartSeconds).Select(s => new Span(index[s.Lane], s.StartSeconds, s.EndSeconds, colours[s.Class], s.Name));
        var time = new Axis { Quantity = "Time", Unit = Unit.Seconds, Scale = AxisScale.Time, FromZero = false };
        return new()
        {
            Title = head.TitleOr(Finding(index.Keys, spans)),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"{spans.Count} activities on {index.Count} lanes, coloured by class{(memory.Count > 0 ? ", with memory in use below" : "")}.",
            ShareX = true,
            Height = 800 + Math.Max(0, index.Count - 8) * 30,
            Key = [.. order.Select(c => new KeyEntry(c, colours[c]))],
            Panels =
            [
                new Panel { X = time, Y = Axis.OfCategories("", [.. index.Keys]), Weight = 1 + index.Count * 0.25, Marks = [new SpansMark { Name = "activities", Spans = [.. drawn] }] },
                .. memory.Select(MemoryOverTimeChart.Panel),
            ],
        };
    }

    private static string Finding(IEnumerable<string> lanes, IReadOnlyList<GanttSpan> spans)
    {
        if (spans.Count == 0) return "Activities over time";
        var (start, end) = (spans.Min(s => s.StartSeconds), spans.Max(s => s.EndSeconds));
        if (!(end > start)) return "Activities over time";
        var busiest = lanes.Select(l => (Lane: l, Busy: Busy([.. spans.Where(s => s.Lane == l)]))).MaxBy(l => l.Busy);
        return $"{busiest.Lane} is busy {SiFormat.Value(Math.Round(busiest.Busy / (end - start), 3), Unit.Share)} of {SiFormat.Value(end - start, Unit.Seconds)}";
    }

    /// <summary>Length of the union of spans.</summary>
    internal static double Busy(IReadOnlyList<GanttSpan> spans)
    {
        var (sum, until) = (0.0, double.NegativeInfinity);
        foreach (var span in spans.OrderBy(s => s.StartSeconds))
        {
            if (span.EndSeconds <= until) continue;
            sum += span.EndSeconds - Math.Max(until, span.StartSeconds);
            until = span.EndSeconds;
        }

        return sum;
    }
}
