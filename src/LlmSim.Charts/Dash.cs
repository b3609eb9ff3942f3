namespace LlmSim.Charts;

/// <summary>How a line is broken.</summary>
public enum Dash
{
    /// <summary>Unbroken: medians and means.</summary>
    Solid,

    /// <summary>Long strokes: p90.</summary>
    Dashed,

    /// <summary>Dots: p99.</summary>
    Dotted,

    /// <summary>Stroke, dot.</summary>
    DashDot,
}
