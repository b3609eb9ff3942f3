namespace LlmSim.Charts.Marks;

/// <summary>A hatched region: saturated loads, what does not fit. Its <see cref="Mark.Name"/> is printed inside.</summary>
public sealed record RegionMark : Mark
{
    /// <summary>Left end; null: from the panel's left.</summary>
    public double? FromX { get; init; }

    /// <summary>Right end; null: to the panel's right.</summary>
    public double? ToX { get; init; }

    /// <summary>Lower end; null: from the bottom.</summary>
    public double? FromY { get; init; }

    /// <summary>Upper end; null: to the top.</summary>
    public double? ToY { get; init; }
}
