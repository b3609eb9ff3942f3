using LlmSim.Execution.Schedules;

namespace LlmSim.Execution.Memory;

/// <summary>
/// Bytes in one memory over the time of a pass: what is resident all along, and buffers from the start of the activity that writes them to the end of the last
/// that uses them. At one moment what ends is freed before what starts is allocated.
/// </summary>
public sealed class MemoryCurve
{
    private MemoryCurve(string tier, double capacityBytes) => (Tier, CapacityBytes) = (tier, capacityBytes);

    /// <summary>Name of the memory.</summary>
    public string Tier { get; }

    /// <summary>Its capacity, in bytes.</summary>
    public double CapacityBytes { get; }

    /// <summary>From each of these moments (picoseconds) on this many bytes are occupied; the first is moment 0.</summary>
    public IReadOnlyList<(long Picoseconds, double Bytes)> Points { get; private set; } = [];

    /// <summary>The largest number of bytes.</summary>
    public double PeakBytes { get; private set; }

    /// <summary>When that was first so, in picoseconds.</summary>
    public long PeakPicoseconds { get; private set; }

    /// <summary>What was alive then, largest first.</summary>
    public IReadOnlyList<LiveValue> AliveAtPeak { get; private set; } = [];

    /// <summary>Curves of all memories of a plan, in the plan's order.</summary>
    public static IReadOnlyList<MemoryCurve> Of(PassSchedule schedule, AllocatorRounding? rounding = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return [.. Enumerable.Range(0, schedule.Plan.Tiers.Count).Select(t => Of(schedule, t, rounding ?? AllocatorRounding.Exact))];
    }

    private static MemoryCurve Of(PassSchedule schedule, int tier, AllocatorRounding rounding)
    {
        var plan = schedule.Plan;
        var curve = new MemoryCurve(plan.Tiers[tier].Name, plan.Tiers[tier].CapacityBytes);
        var residents = plan.Residents.Where(r => r.Tier == tier).Select(r => new LiveValue(r.Name, rounding.Occupied(r.Bytes))).ToList();
        var buffers = Buffers(schedule, tier, rounding);
        // Frees come before allocations of the same moment; what is allocated and freed in one moment never counts.
        var changes = buffers.Where(b => b.End > b.Start)
            .SelectMany(b => new[] { (Time: b.Start, Order: 1, b.Value.Bytes), (Time: b.End, Order: 0, Bytes: -b.Value.Bytes) })
            .OrderBy(c => c.Time).ThenBy(c => c.Order).ToList();

        var resident = residents.Sum(r => r.Bytes);
        var points = new List<(long, double)>();
        var now = 0L;
        double alive = resident, peak = resident;
        var peakAt = 0L;
        foreach (var change in changes)
        {
            if (change.Time > now)
            {
                points.Add((now, alive));
                now = change.Time;
            }

            alive += change.Bytes;
            if (change.Order == 1 && alive > peak) (peak, peakAt) = (alive, now);
        }

        points.Add((now, alive));
        curve.Points = points;
        curve.PeakPicoseconds = peakAt;
        curve.AliveAtPeak = [.. residents.Concat(buffers.Where(b => b.Start <= peakAt && peakAt < b.End).Select(b => b.Value)).OrderByDescending(v => v.Bytes)];
        // Summed anew, free of what the running sum gathered in rounding.
        curve.PeakBytes = curve.AliveAtPeak.Sum(v => v.Bytes);
        return curve;
    }

    private static List<(long Start, long End, LiveValue Value)> Buffers(PassSchedule schedule, int tier, AllocatorRounding rounding)
    {
        var found = new List<(long, long, LiveValue)>();
        for (var place = 0; place < schedule.Plan.Order.Count; place++)
        {
            var section = schedule.Plan.Sections[schedule.Plan.Order[place]];
            foreach (var buffer in section.Buffers)
            {
                if (buffer.Tier != tier) continue;
                var start = schedule.Start(place, buffer.From);
                var end = start;
                foreach (var user in buffer.Until) end = Math.Max(end, schedule.End(place, user));
                found.Add((start, end, new LiveValue(buffer.Name, rounding.Occupied(buffer.Bytes))));
            }
        }

        return found;
    }
}
