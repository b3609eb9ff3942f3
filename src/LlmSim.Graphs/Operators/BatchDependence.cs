namespace LlmSim.Graphs.Operators;

/// <summary>Which members of a <see cref="Batches.BatchShape"/> an operator's work and time follow. Compiled step costs memoise by them.</summary>
[Flags]
public enum BatchDependence
{
    /// <summary>The same for every batch that is not empty.</summary>
    None = 0,

    /// <summary>T: new tokens of both phases.</summary>
    Tokens = 1,

    /// <summary>L: sampled positions.</summary>
    SampledPositions = 2,

    /// <summary>Anything else (contexts, pairs, windows, sequences, the phase): evaluated for every batch.</summary>
    Sequences = 4,
}
