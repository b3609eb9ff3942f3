using LlmSim.Execution.Memory;
using LlmSim.Execution.Schedules;

namespace LlmSim.Studies.Passes;

/// <summary>What one memory holds at the fullest moment of a pass, in bytes.</summary>
/// <param name="Name">The memory: "hbm", "host", "hbm, stage 2".</param>
/// <param name="WeightBytes">Weights that lie there.</param>
/// <param name="KvCacheBytes">Keys and values that lie there.</param>
/// <param name="ActivationBytes">Most bytes alive at once beside those: activations, hidden states, buffers of copies in flight.</param>
/// <param name="CapacityBytes">What it can hold.</param>
public sealed record TierUse(string Name, double WeightBytes, double KvCacheBytes, double ActivationBytes, double CapacityBytes)
{
    /// <summary>All of it.</summary>
    public double PeakBytes => WeightBytes + KvCacheBytes + ActivationBytes;

    /// <summary>Whether it fits.</summary>
    public bool Fits => PeakBytes <= CapacityBytes;

    /// <summary>Bytes that are missing; 0 when it fits.</summary>
    public double MissingBytes => Math.Max(0, PeakBytes - CapacityBytes);

    /// <summary>The memories of a schedule that hold anything, in the order of its plan; what rounding adds counts with the activations.</summary>
    internal static List<TierUse> Of(PassSchedule schedule, AllocatorRounding rounding)
    {
        var found = new List<TierUse>();
        var curves = MemoryCurve.Of(schedule, rounding);
        for (var tier = 0; tier < curves.Count; tier++)
        {
            double weights = 0, cache = 0;
            foreach (var resident in schedule.Plan.Residents.Where(r => r.Tier == tier))
            {
                if (resident.Name == "KV cache") cache += resident.Bytes;
                else if (resident.Name.Contains("weights", StringComparison.Ordinal) || resident.Name.Contains("neurons", StringComparison.Ordinal)) weights += resident.Bytes;
            }

            if (tier > 0 && curves[tier].PeakBytes <= 0) continue;
            found.Add(new TierUse(curves[tier].Tier, weights, cache, curves[tier].PeakBytes - weights - cache, curves[tier].CapacityBytes));
        }

        return found;
    }

    /// <summary>The larger of what two passes need of each memory, one after the other.</summary>
    internal static IReadOnlyList<TierUse> Larger(IReadOnlyList<TierUse> a, IReadOnlyList<TierUse> b) =>
        [.. a.Select(t => b.FirstOrDefault(o => o.Name == t.Name) is { } other && other.PeakBytes > t.PeakBytes ? other : t), .. b.Where(t => a.All(o => o.Name != t.Name))];
}
