using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One line of a quantity over time.</summary>
/// <param name="Name">What it is the quantity of: "3 prefill replicas"; shown only where there are several lines.</param>
/// <param name="Seconds">The moments, ascending.</param>
/// <param name="Values">The value from each moment until the next.</param>
public sealed record TimeLine(string Name, IReadOnlyList<double> Seconds, IReadOnlyList<double> Values);

/// <summary>One quantity over time: a panel.</summary>
/// <param name="Quantity">"Queue", "Running", "KV cache in use", "Tokens per iteration".</param>
/// <param name="Unit">Unit of the values.</param>
/// <param name="Lines">Its lines; of several each has the same colour in all panels.</param>
/// <param name="Limit">A limit drawn as a line; null: none.</param>
public sealed record TimeTrack(string Quantity, Unit Unit, IReadOnlyList<TimeLine> Lines, double? Limit = null);

/// <summary>What happened when? Small multiples over one time axis, with preemptions as strokes on each.</summary>
public static class OverTimeChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="tracks">One panel each, at most about six.</param>
    /// <param name="preemptions">Moments of preemptions in seconds.</param>
    /// <param name="preempted">How many preemptions there were, where a moment stands for several; by default one a moment.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<TimeTrack> tracks, IReadOnlyList<double> preemptions, long? preempted = null)
    {
        var count = preempted ?? preemptions.Count;
        return new()
        {
            Title = head.TitleOr("What happened when"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"{string.Join(", ", tracks.Select(t => t.Quantity))} over time; {count} preemptions.",
            ShareX = true,
            Key = preemptions.Count > 0 ? [new($"preemption ({count})", ChartColour.Vermilion, KeyShape.Line)] : [],
            Panels = [.. tracks.Select((t, i) => Panel(t, i, preemptions))],
        };
    }

    private static Panel Panel(TimeTrack track, int index, IReadOnlyList<double> preemptions)
    {
        var one = track.Lines.Count == 1;
        // Vermilion is the colour of preemptions: of several lines none takes it.
        ChartColour Colour(int line) => ChartColours.Line(one ? index : line == 0 ? 0 : line + 1);
        var marks = new List<Mark>();
        for (var i = 0; i < track.Lines.Count; i++)
        {
            var line = track.Lines[i];
            marks.Add(new LineMark
            {
                Name = one ? track.Quantity : line.Name,
                Label = one ? "" : line.Name,
                X = line.Seconds,
                Y = line.Values,
                Step = true,
                Width = 2,
                Colour = Colour(i),
            });
        }

        var top = track.Lines.SelectMany(l => l.Values).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        var shown = track.Limit is { } l && top > l * 0.5 ? l : 0;
        if (track.Limit is { } limit)
            marks.Add(new ReferenceMark { Name = $"limit {SiFormat.Value(limit, track.Unit)}", At = limit, Colour = ChartColour.Red, Widens = shown > 0 });
        marks.Add(new TicksMark { X = preemptions, Colour = ChartColour.Vermilion });
        for (var i = 0; i < track.Lines.Count; i++)
            if (Peak(track.Lines[i]) is { Y: > 0 } peak)
                marks.Add(new PointsMark { Name = "peak", Colour = Colour(i), Size = 7, Points = [peak with { Label = $"peak {SiFormat.Value(peak.Y, track.Unit)}" }] });
        return new()
        {
            X = new Axis { Quantity = "Time", Unit = Unit.Seconds, Scale = AxisScale.Time, FromZero = false },
            // Headroom for the labels of peak and limit.
            Y = new Axis { Quantity = track.Quantity, Unit = track.Unit, Maximum = top > 0 ? Math.Max(top, shown) * 1.35 : null },
            Marks = marks,
        };
    }

    /// <summary>The first highest value.</summary>
    private static ChartPoint? Peak(TimeLine line)
    {
        ChartPoint? best = null;
        for (var i = 0; i < Math.Min(line.Seconds.Count, line.Values.Count); i++)
            if (double.IsFinite(line.Values[i]) && line.Values[i] > (best?.Y ?? double.NegativeInfinity)) best = new ChartPoint(line.Seconds[i], line.Values[i]);
        return best;
    }
}
