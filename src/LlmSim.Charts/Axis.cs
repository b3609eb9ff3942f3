using LlmSim.Charts.Numbers;

namespace LlmSim.Charts;

/// <summary>One axis: what is measured, in what unit, on which scale.</summary>
public sealed record Axis
{
    /// <summary>What is measured: "Offered rate".</summary>
    public required string Quantity { get; init; }

    /// <summary>The unit of the values.</summary>
    public Unit Unit { get; init; } = Unit.None;

    /// <summary>How values become positions.</summary>
    public AxisScale Scale { get; init; } = AxisScale.Linear;

    /// <summary>Lower end; null: from the data.</summary>
    public double? Minimum { get; init; }

    /// <summary>Upper end; null: from the data.</summary>
    public double? Maximum { get; init; }

    /// <summary>A linear axis whose values are not negative starts at zero.</summary>
    public bool FromZero { get; init; } = true;

    /// <summary>Names of the places of a category axis, in order; a y axis has the first on top.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>An axis of named places.</summary>
    /// <param name="quantity">What the places are.</param>
    /// <param name="names">Their names in order.</param>
    public static Axis OfCategories(string quantity, IReadOnlyList<string> names) =>
        new() { Quantity = quantity, Scale = AxisScale.Category, Categories = names };
}
