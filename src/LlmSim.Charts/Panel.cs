using LlmSim.Charts.Marks;

namespace LlmSim.Charts;

/// <summary>One pair of axes and what is drawn on them.</summary>
public sealed record Panel
{
    /// <summary>Printed in bold above the panel; empty where the chart has one panel.</summary>
    public string Title { get; init; } = "";

    /// <summary>The horizontal axis.</summary>
    public required Axis X { get; init; }

    /// <summary>The vertical axis.</summary>
    public required Axis Y { get; init; }

    /// <summary>What is drawn, from back to front.</summary>
    public required IReadOnlyList<Mark> Marks { get; init; }

    /// <summary>Height relative to the panels of other rows.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>A short finding printed in a corner that is free, for example the MAPE; empty for none.</summary>
    public string Note { get; init; } = "";
}
