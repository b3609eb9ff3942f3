using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One quantity over time: a panel.</summary>
/// <param name="Quantity">"Queue", "Running", "KV cache in use", "Tokens per iteration".</param>
/// <param name="Unit">Unit of the values.</param>
/// <param name="Seconds">The moments, ascending.</param>
/// <param name="Values">The value from each moment until the next.</param>
/// <param name="Limit">A limit drawn as a line; null: none.</param>
public sealed record TimeTrack(string Quantity, Unit Unit, IReadOnlyList<double> Seconds, IReadOnlyList<double> Values, double? Limit = null);

/// <summary>What happened when? Small multiples over one time axis, with preemptions as strokes on each.</summary>
public static class OverTimeChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="tracks">One panel each, at most about six.</param>
    /// <param name="preemptions">Moments of preemptions in seconds.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<TimeTrack> tracks, IReadOnlyList<double> preemptions) => new()
    {
        Title = head.TitleOr("What happened when"),
        Subtitle = head.Subtitle,
        Footnote = head.Footnote,
        Description = $"{string.Join(", ", tracks.Select(t => t.Quantity))} over time; {preemptions.Count} preemptions.",
        ShareX = true,
        Key = preemptions.Count > 0 ? [new($"preemption ({preemptions.Count})", ChartColour.Vermilion, KeyShape.Line)] : [],
        Panels = [.. tracks.Select((t, i) => Panel(t, i, preemptions))],
    };

    private static Panel Panel(TimeTrack track, int index, IReadOnlyList<double> preemptions)
    {
        var marks = new List<Mark> { new LineMark { Name = track.Quantity, Label = "", X = track.Seconds, Y = track.Values, Step = true, Width = 2, Colour = ChartColours.Line(index) } };
        var top = track.Values.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        var shown = track.Limit is { } l && top > l * 0.5 ? l : 0;
        if (track.Limit is { } limit)
            marks.Add(new ReferenceMark { Name = $"limit {SiFormat.Value(limit, track.Unit)}", At = limit, Colour = ChartColour.Red, Widens = shown > 0 });
        marks.Add(new TicksMark { X = preemptions, Colour = ChartColour.Vermilion });
        var peak = track.Values.Count == 0 ? -1 : Enumerable.Range(0, Math.Min(track.Values.Count, track.Seconds.Count)).FirstOrDefault(i => track.Values[i] == top, -1);
        if (peak >= 0 && top > 0)
            marks.Add(new PointsMark { Name = "peak", Colour = ChartColours.Line(index), Size = 7, Points = [new(track.Seconds[peak], top, $"peak {SiFormat.Value(top, track.Unit)}")] });
        return new()
        {
            X = new Axis { Quantity = "Time", Unit = Unit.Seconds, Scale = AxisScale.Time, FromZero = false },
            // Headroom for the labels of peak and limit.
            Y = new Axis { Quantity = track.Quantity, Unit = track.Unit, Maximum = top > 0 ? Math.Max(top, shown) * 1.35 : null },
            Marks = marks,
        };
    }
}
