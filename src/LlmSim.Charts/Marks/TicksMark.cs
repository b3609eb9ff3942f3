namespace LlmSim.Charts.Marks;

/// <summary>Short strokes on the x axis at which something happened: preemptions.</summary>
public sealed record TicksMark : Mark
{
    /// <summary>Positions on the x axis.</summary>
    public required IReadOnlyList<double> X { get; init; }
}
