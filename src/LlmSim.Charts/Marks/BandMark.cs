namespace LlmSim.Charts.Marks;

/// <summary>The area between two lines: a confidence interval.</summary>
public sealed record BandMark : Mark
{
    /// <summary>Positions on the x axis, ascending.</summary>
    public required IReadOnlyList<double> X { get; init; }

    /// <summary>Lower edge.</summary>
    public required IReadOnlyList<double> Low { get; init; }

    /// <summary>Upper edge.</summary>
    public required IReadOnlyList<double> High { get; init; }
}
