using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One use of a memory over time.</summary>
/// <param name="Name">"weights", "KV cache".</param>
/// <param name="Bytes">Bytes from each moment until the next, as many as there are moments.</param>
public sealed record MemoryUse(string Name, IReadOnlyList<double> Bytes);

/// <summary>One memory over time.</summary>
/// <param name="Tier">Its name: "HBM", "host".</param>
/// <param name="Seconds">The moments, ascending.</param>
/// <param name="Uses">What takes it, from the bottom up.</param>
/// <param name="CapacityBytes">What it holds; null: not drawn.</param>
public sealed record MemoryTrack(string Tier, IReadOnlyList<double> Seconds, IReadOnlyList<MemoryUse> Uses, double? CapacityBytes);

/// <summary>Bytes in each memory over time, the peak annotated with what was alive at it.</summary>
public static class MemoryOverTimeChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="tracks">One panel each.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<MemoryTrack> tracks) => new()
    {
        Title = head.TitleOr(Finding(tracks)),
        Subtitle = head.Subtitle,
        Footnote = head.Footnote,
        Description = "Stacked bytes per memory over time; the peak is annotated with what was alive at it.",
        ShareX = true,
        Panels = [.. tracks.Select(Panel)],
    };

    /// <summary>One memory as a panel, also under a Gantt chart.</summary>
    internal static Panel Panel(MemoryTrack track)
    {
        var (at, peak) = Peak(track);
        var marks = new List<Mark>
        {
            new StackMark { Name = track.Tier, X = track.Seconds, Step = true, Layers = [.. track.Uses.Select((u, i) => new StackLayer(u.Name, ChartColours.Fill(i), u.Bytes))] },
        };
        var shown = track.CapacityBytes is { } c && peak > c * 0.4 ? c : 0;
        if (track.CapacityBytes is { } capacity)
            marks.Add(new ReferenceMark { Name = $"capacity {SiFormat.Value(capacity, Unit.Bytes)}", At = capacity, Colour = ChartColour.Red, Importance = 5, Widens = shown > 0 });
        if (at >= 0)
        {
            var alive = track.Uses.Where(u => At(u, at) > 0).OrderByDescending(u => At(u, at)).Take(3).Select(u => $"{u.Name} {SiFormat.Value(At(u, at), Unit.Bytes)}");
            marks.Add(new PointsMark
            {
                Name = "peak",
                Colour = ChartColour.Black,
                Importance = 10,
                Points = [new(track.Seconds[at], peak, $"peak {SiFormat.Value(peak, Unit.Bytes)} at {SiFormat.Value(track.Seconds[at], Unit.Seconds)}: {string.Join(", ", alive)}")],
            });
        }

        return new()
        {
            Title = track.Tier,
            X = new Axis { Quantity = "Time", Unit = Unit.Seconds, Scale = AxisScale.Time, FromZero = false },
            // Headroom for the peak's label.
            Y = new Axis { Quantity = "Memory in use", Unit = Unit.Bytes, Maximum = peak > 0 ? Math.Max(peak * 1.3, shown * 1.05) : null },
            Marks = marks,
        };
    }

    /// <summary>Index and height of the first highest sum; −1 where there is none.</summary>
    private static (int At, double Bytes) Peak(MemoryTrack track)
    {
        var (at, peak) = (-1, 0.0);
        for (var i = 0; i < track.Seconds.Count; i++)
        {
            var sum = track.Uses.Sum(u => At(u, i));
            if (sum > peak) (at, peak) = (i, sum);
        }

        return (at, peak);
    }

    private static double At(MemoryUse use, int i) => i < use.Bytes.Count && double.IsFinite(use.Bytes[i]) ? Math.Max(0, use.Bytes[i]) : 0;

    private static string Finding(IReadOnlyList<MemoryTrack> tracks)
    {
        // Of several memories the fullest is worth the title.
        var first = tracks.MaxBy(t => t.CapacityBytes is > 0 and { } c ? Peak(t).Bytes / c : 0);
        if (first is null || Peak(first) is not ( >= 0, var peak)) return "Memory over time";
        var share = first.CapacityBytes is > 0 and { } capacity ? $", {SiFormat.Value(Math.Round(peak / capacity, 3), Unit.Share)} of its capacity" : "";
        return $"{first.Tier} peaks at {SiFormat.Value(peak, Unit.Bytes)}{share}";
    }
}
