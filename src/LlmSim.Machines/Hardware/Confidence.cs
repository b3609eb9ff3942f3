namespace LlmSim.Machines.Hardware;

/// <summary>How far a figure may be trusted.</summary>
public enum Confidence
{
    /// <summary>The vendor's sheet, or cross-checked.</summary>
    High,

    /// <summary>A vendor's figure from a secondary source, or derived from one by arithmetic.</summary>
    Medium,

    /// <summary>An estimate.</summary>
    Low,
}

/// <summary>Where the figures of one block of a hardware file come from.</summary>
/// <param name="Source">Document, table or rule that a reader can look up.</param>
/// <param name="Confidence">How far it may be trusted.</param>
public readonly record struct Origin(string Source, Confidence Confidence);
