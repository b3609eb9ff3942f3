namespace LlmSim.Charts.Marks;

/// <summary>One span of a <see cref="SpansMark"/>.</summary>
/// <param name="Lane">Index on the y axis, which is a category axis.</param>
/// <param name="Start">Start on the x axis.</param>
/// <param name="End">End on the x axis.</param>
/// <param name="Colour">Colour of its class.</param>
/// <param name="Name">What it is; printed inside where it fits.</param>
public readonly record struct Span(int Lane, double Start, double End, ChartColour Colour, string Name);

/// <summary>Spans of time on lanes: a Gantt chart. Spans narrower than a pixel are joined with their neighbours of one colour.</summary>
public sealed record SpansMark : Mark
{
    /// <summary>The spans, by lane and start.</summary>
    public required IReadOnlyList<Span> Spans { get; init; }
}
