namespace LlmSim.Kernel.Time;

/// <summary>
/// The unit of a simulation's clock. Simulated time is a whole number of ticks, rounded once when an event is scheduled, so that sums of
/// durations are exact and equal in whatever order they are taken.
/// </summary>
public sealed class Tick
{
    /// <summary>1 ns: serving simulations; a long spans 292 years.</summary>
    public static Tick Nanosecond { get; } = new("ns", 1_000_000_000);

    /// <summary>1 ps: inside a forward pass, where one operator may take some nanoseconds; a long spans 106 days.</summary>
    public static Tick Picosecond { get; } = new("ps", 1_000_000_000_000);

    private Tick(string name, long perSecond) => (Name, PerSecond) = (name, perSecond);

    /// <summary>"ns" or "ps".</summary>
    public string Name { get; }

    /// <summary>Ticks in one second.</summary>
    public long PerSecond { get; }

    /// <summary>The nearest whole number of ticks, ties to even.</summary>
    /// <param name="seconds">A duration, at least 0.</param>
    /// <exception cref="OverflowException">The duration is not a number, negative, or too long for the clock.</exception>
    public long FromSeconds(double seconds)
    {
        var ticks = Math.Round(seconds * PerSecond);
        // 2⁶² leaves room to add a duration to a moment without overflow.
        if (!(ticks >= 0 && ticks < 4.6e18)) Refuse(seconds);
        return (long)ticks;
    }

    /// <summary>A duration in seconds; exact to 53 bits.</summary>
    public double ToSeconds(long ticks) => (double)ticks / PerSecond;

    /// <summary>Picoseconds of a pass as whole nanoseconds, halves upwards.</summary>
    public static long PicosecondsToNanoseconds(long picoseconds) => picoseconds / 1000 + (picoseconds % 1000 >= 500 ? 1 : 0);

    private void Refuse(double seconds) =>
        throw new OverflowException($"a duration of {seconds:R} s does not fit a clock that counts {Name} in 64 bits");
}
