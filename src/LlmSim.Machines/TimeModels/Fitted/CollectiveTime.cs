namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>Fitted constants of one collective; see <see cref="CollectiveTime.Specs"/>.</summary>
public readonly record struct CollectiveConstants(
    double DirectSeconds, double DirectSecondsPerRank, double DirectBytesPerSecond, double RingSeconds, double RingSecondsPerRank, double RingBytesPerSecond)
{
    /// <summary>Constants in the order of <see cref="CollectiveTime.Specs"/>.</summary>
    public static CollectiveConstants From(ReadOnlySpan<double> v) => new(v[0], v[1], v[2], v[3], v[4], v[5]);
}

/// <summary>
/// Time of an all-reduce inside a node: the better of a direct exchange (every rank reads all others: few steps, much traffic) and a two-step or ring
/// algorithm (more steps, least traffic).
/// </summary>
public static class CollectiveTime
{
    /// <summary>The constants, in the order of <see cref="CollectiveConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("directSeconds", "s", 1e-9, 1e-4, 4e-6, "start of a direct exchange"),
        new("directSecondsPerRank", "s", 1e-9, 2e-5, 2e-7, "what each rank adds to it"),
        new("directBytesPerSecond", "B/s", 1e8, 2e12, 2e11, "bandwidth of it"),
        new("ringSeconds", "s", 1e-9, 1e-3, 1e-5, "start of the two-step algorithm"),
        new("ringSecondsPerRank", "s", 1e-9, 1e-4, 2e-7, "what each rank adds to it"),
        new("ringBytesPerSecond", "B/s", 1e8, 2e12, 3e11, "bandwidth of it"),
    ];

    /// <summary>Seconds of an all-reduce of <paramref name="bytes"/> over <paramref name="ranks"/> devices.</summary>
    public static double AllReduce(double bytes, double ranks, in CollectiveConstants c)
    {
        var direct = c.DirectSeconds + c.DirectSecondsPerRank * ranks + (ranks - 1) * bytes / c.DirectBytesPerSecond;
        var ring = c.RingSeconds + c.RingSecondsPerRank * ranks + 2 * (ranks - 1) / ranks * bytes / c.RingBytesPerSecond;
        return Math.Min(direct, ring);
    }
}
