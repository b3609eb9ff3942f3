namespace LlmSim.Workloads.Sources;

/// <summary>Seconds to whole nanoseconds, rounded once.</summary>
internal static class SimulatedTime
{
    // 146 years: half of what 64 bits hold, so that sums of two times do not overflow.
    private const double Most = long.MaxValue / 2e9;

    public static long Nanoseconds(double seconds) => (long)Math.Round(Math.Min(seconds, Most) * 1e9);
}
