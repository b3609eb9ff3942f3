namespace LlmSim.Charts;

/// <summary>How values become positions.</summary>
public enum AxisScale
{
    /// <summary>Logarithmic where all values are positive and span more than two decades, else linear.</summary>
    Auto,

    /// <summary>Equal steps.</summary>
    Linear,

    /// <summary>Equal ratios, base 10; values that are not positive are left out and counted.</summary>
    Log,

    /// <summary>Seconds, labelled in seconds, minutes and hours.</summary>
    Time,

    /// <summary>Named places 0, 1, 2…; see <see cref="Axis.Categories"/>.</summary>
    Category,
}
