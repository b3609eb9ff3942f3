using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>A matrix of weights times rows of activations: Y[rows, N] = X[rows, K] · W[K, N] (+ bias).</summary>
/// <param name="Inputs">K.</param>
/// <param name="Outputs">N; the widths of packed parts added up (QKV, gate and up).</param>
/// <param name="Bias">Whether N biases are added.</param>
/// <param name="Stored">How the graph stores the matrix.</param>
/// <param name="Rows">Which rows of the batch it processes.</param>
public sealed record Linear(int Inputs, int Outputs, bool Bias, WeightFormat Stored, RowSource Rows = RowSource.Tokens) : OperatorSpec
{
    /// <summary>True when the matrix is the token embedding, used a second time as LM head: its bytes are read here but counted there.</summary>
    public bool SharedWeights { get; init; }

    /// <inheritdoc/>
    public override BatchDependence DependsOn => Rows.Dependence();

    /// <inheritdoc/>
    public override double Parameters => SharedWeights ? 0 : (double)Inputs * Outputs + (Bias ? Outputs : 0);

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => SharedWeights ? 0 : ReadBytes(precision);

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        double rows = Rows.Rows(batch);
        var activation = precision.Activations.Bytes();
        return new OperatorWork
        {
            MatrixFlops = 2.0 * Inputs * Outputs * rows,
            VectorFlops = Bias ? Outputs * rows : 0,
            WeightBytes = rows > 0 ? ReadBytes(precision) : 0,
            ActivationReadBytes = Inputs * rows * activation,
            ActivationWriteBytes = Outputs * rows * activation,
        };
    }

    private double ReadBytes(in Precision precision) =>
        precision.WeightsOr(Stored).Bytes(Inputs, Outputs) + (Bias ? Outputs * precision.Activations.Bytes() : 0);
}
