namespace LlmSim.Machines.TimeModels;

/// <summary>The resource that limits an operator.</summary>
public enum Bound
{
    /// <summary>Bytes to and from memory: the arithmetic intensity is left of the ridge point.</summary>
    Memory,

    /// <summary>Arithmetic.</summary>
    Compute,

    /// <summary>A link between devices.</summary>
    Link,

    /// <summary>Fixed costs: launch and synchronisation take longer than the work.</summary>
    Overhead,
}
