namespace LlmSim.Charts.Marks;

/// <summary>One layer of a <see cref="StackMark"/>.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Values">Its thickness at every x, not negative.</param>
public sealed record StackLayer(string Name, ChartColour Colour, IReadOnlyList<double> Values);

/// <summary>Areas on top of each other, the first at the bottom.</summary>
public sealed record StackMark : Mark
{
    /// <summary>Positions on the x axis, ascending.</summary>
    public required IReadOnlyList<double> X { get; init; }

    /// <summary>The layers, from the bottom up.</summary>
    public required IReadOnlyList<StackLayer> Layers { get; init; }

    /// <summary>A value holds until the next x: memory in use.</summary>
    public bool Step { get; init; }
}
