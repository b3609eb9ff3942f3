namespace LlmSim.Charts.Set;

/// <summary>What limits an operator, as charts colour it.</summary>
public enum ChartBound
{
    /// <summary>Memory bandwidth.</summary>
    Memory,

    /// <summary>Arithmetic.</summary>
    Compute,

    /// <summary>A link between devices.</summary>
    Link,

    /// <summary>Fixed costs such as launches.</summary>
    Overhead,
}
