using LlmSim.Graphs.Batches;

namespace LlmSim.Graphs.Operators;

/// <summary>What an operator's rows are.</summary>
public enum RowSource
{
    /// <summary>All new tokens T of the batch.</summary>
    Tokens,

    /// <summary>The sampled positions L only (final norm and LM head of an engine).</summary>
    SampledPositions,
}

/// <summary>Counting rows.</summary>
public static class RowSources
{
    /// <summary>Rows that a batch brings.</summary>
    public static long Rows(this RowSource source, in BatchShape batch) => source == RowSource.Tokens ? batch.Tokens : batch.SampledPositions;

    /// <summary>What the work of an operator over these rows follows.</summary>
    public static BatchDependence Dependence(this RowSource source) =>
        source == RowSource.Tokens ? BatchDependence.Tokens : BatchDependence.SampledPositions;
}
