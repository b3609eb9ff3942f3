namespace LlmSim.Execution.Placement;

/// <summary>Kinds of unit that an operator can run on.</summary>
public enum UnitKind
{
    /// <summary>The device's matrix and vector units.</summary>
    Device,

    /// <summary>Units inside a memory: they see its internal bandwidth.</summary>
    InMemory,

    /// <summary>The host's processor and its DRAM.</summary>
    Cpu,
}
