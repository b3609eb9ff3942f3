using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Marks;

/// <summary>A value for every pair of places of two category axes, as colour and, where it fits, as a number. NaN leaves the cell empty.</summary>
public sealed record HeatMark : Mark
{
    /// <summary>Rows from top to bottom, each with a value per column.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Values { get; init; }

    /// <summary>What the colour means.</summary>
    public required string Quantity { get; init; }

    /// <summary>Unit of the values.</summary>
    public Unit Unit { get; init; } = Unit.None;

    /// <summary>Colours follow ratios instead of differences.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>A short text for a cell, beside or instead of its number; null: none.</summary>
    public Func<int, int, string>? CellText { get; init; }
}
