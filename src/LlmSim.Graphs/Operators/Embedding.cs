using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Looks up one row per token: only the rows selected are read, never the table.</summary>
/// <param name="Vocabulary">Rows of the table: tokens of the vocabulary, or positions.</param>
/// <param name="Width">Width of a row.</param>
/// <param name="Stored">How the graph stores the table.</param>
public sealed record Embedding(int Vocabulary, int Width, WeightFormat Stored) : OperatorSpec
{
    /// <inheritdoc/>
    public override double Parameters => (double)Vocabulary * Width;

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => precision.WeightsOr(Stored).Bytes(Width, Vocabulary);

    /// <inheritdoc/>
    public override BatchDependence DependsOn => BatchDependence.Tokens;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision) => new()
    {
        WeightBytes = precision.WeightsOr(Stored).Bytes(Width, batch.Tokens),
        ActivationWriteBytes = (double)batch.Tokens * Width * precision.Activations.Bytes(),
    };
}
