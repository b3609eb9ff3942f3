using LlmSim.Files;
using LlmSim.Workloads.Arrivals;

namespace LlmSim.Workloads.Sources;

/// <summary>Seconds to whole nanoseconds, rounded once.</summary>
internal static class SimulatedTime
{
    // 146 years: half of what 64 bits hold, so that sums of two times do not overflow.
    private const double Most = long.MaxValue / 2e9;

    public static long Nanoseconds(double seconds) => (long)Math.Round(Math.Min(seconds, Most) * 1e9);

    /// <summary>When a request arrives.</summary>
    /// <exception cref="InputException">That is beyond the last moment allowed: the scenario's rate is far too low.</exception>
    public static long Nanoseconds(Arrival arrival) => arrival.Seconds <= Arrival.LastSeconds
        ? Nanoseconds(arrival.Seconds)
        : throw TooLate("raise the rate, or ask for fewer requests");

    /// <summary>When a request comes that follows another's end.</summary>
    /// <exception cref="InputException">That is beyond the last moment allowed.</exception>
    public static long After(long endedAt, long delay) => endedAt + delay is var moment && moment <= Arrival.LastSeconds * 1e9
        ? moment
        : throw TooLate("shorten the pauses, or ask for fewer requests");

    private static InputException TooLate(string remedy) =>
        new(new InputError("scenario", 0, "workload.arrivals", "a request would arrive after more than 100 simulated years", remedy));
}
