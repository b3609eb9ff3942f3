namespace LlmSim.Kernel.Recording;

/// <summary>A row of the timeline.</summary>
/// <param name="Name">Name within its group: "matrix units", "kv cache".</param>
/// <param name="Group">What it belongs to: a device, a replica.</param>
/// <param name="IsCounter">True when it shows a number over time rather than spans.</param>
public sealed record Track(string Name, string Group, bool IsCounter);

/// <summary>Something that took from one moment to another.</summary>
/// <param name="Track">Index of its track.</param>
/// <param name="Name">Index of its name, see <see cref="Timeline.NameOf"/>.</param>
/// <param name="Start">In ticks.</param>
/// <param name="End">In ticks, at least the start.</param>
/// <param name="Detail">Index of a second name (a bound, a state); −1 when there is none.</param>
/// <param name="Number">A number of the recorder's own (layer, request); −1 when there is none.</param>
public readonly record struct Span(int Track, int Name, long Start, long End, int Detail, long Number);

/// <summary>From this moment on a counter shows this value.</summary>
/// <param name="Track">Index of its track.</param>
/// <param name="Time">In ticks.</param>
/// <param name="Value">The value.</param>
public readonly record struct CounterPoint(int Track, long Time, double Value);

/// <summary>One span had to wait for another.</summary>
/// <param name="From">Number of the span that ended.</param>
/// <param name="To">Number of the span that began after it.</param>
public readonly record struct Flow(long From, long To);
