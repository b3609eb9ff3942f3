namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>Fitted constants of one collective; see <see cref="CollectiveTime.Specs"/>.</summary>
public readonly record struct CollectiveConstants(
    double DirectSeconds, double DirectSecondsPerRank, double DirectBytesPerSecond, double RingSeconds, double RingSecondsPerRank, double RingBytesPerSecond,
    double Contention)
{
    /// <summary>Constants in the order of <see cref="CollectiveTime.Specs"/>.</summary>
    public static CollectiveConstants From(ReadOnlySpan<double> v) => new(v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
}

/// <summary>
/// Time of an all-reduce inside a node: the better of a direct exchange (every rank reads all others: few steps, much traffic) and a two-step or ring
/// algorithm (more steps, least traffic).
/// </summary>
/// <remarks>
/// Over NVLink every rank has its bandwidth to itself. Over PCIe ranks meet in switches and in the host's bridges: each doubling of the ranks beyond two costs a
/// part of it, up to half where all cross one bridge.
/// </remarks>
public static class CollectiveTime
{
    /// <summary>The constants, in the order of <see cref="CollectiveConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("directSeconds", "s", 1e-9, 1e-4, 4e-6, "start of a direct exchange of two ranks, less what a further rank adds"),
        new("directSecondsPerRank", "s", 1e-9, 2e-5, 2e-7, "what each rank but the first adds to it"),
        new("directBytesPerSecond", "B/s", 1e8, 2e12, 2e11, "bandwidth of it between two ranks"),
        new("ringSeconds", "s", 1e-9, 1e-3, 1e-5, "start of the two-step algorithm, likewise"),
        new("ringSecondsPerRank", "s", 1e-9, 1e-4, 2e-7, "what each rank but the first adds to it"),
        new("ringBytesPerSecond", "B/s", 1e8, 2e12, 3e11, "bandwidth of it between two ranks"),
        new("contention", "1", 1e-3, 1, 0.1, "share of that bandwidth that is lost, as a power of ranks / 2: 0 on links of their own, 1 on one bus"),
    ];

    /// <summary>Seconds of an all-reduce of <paramref name="bytes"/> over <paramref name="ranks"/> devices.</summary>
    public static double AllReduce(double bytes, double ranks, in CollectiveConstants c)
    {
        var crossed = bytes * Math.Pow(ranks / 2, c.Contention);
        var direct = c.DirectSeconds + (ranks - 1) * (c.DirectSecondsPerRank + crossed / c.DirectBytesPerSecond);
        var ring = c.RingSeconds + (ranks - 1) * (c.RingSecondsPerRank + 2 / ranks * crossed / c.RingBytesPerSecond);
        return Math.Min(direct, ring);
    }
}
