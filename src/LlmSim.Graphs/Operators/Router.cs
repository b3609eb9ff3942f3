using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Chooses the experts of each token: scores = X·W, softmax (or sigmoid) over the experts, the k largest.</summary>
/// <param name="Hidden">Width of the input.</param>
/// <param name="Experts">E.</param>
/// <param name="ExpertsPerToken">k.</param>
/// <param name="Bias">Whether E biases are added.</param>
/// <param name="Stored">How the graph stores the matrix.</param>
public sealed record Router(int Hidden, int Experts, int ExpertsPerToken, bool Bias, WeightFormat Stored) : OperatorSpec
{
    /// <inheritdoc/>
    public override double Parameters => (double)Hidden * Experts + (Bias ? Experts : 0);

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) =>
        precision.WeightsOr(Stored).Bytes(Hidden, Experts) + (Bias ? Experts * precision.Activations.Bytes() : 0);

    /// <inheritdoc/>
    public override BatchDependence DependsOn => BatchDependence.Tokens;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        double tokens = batch.Tokens;
        var activation = precision.Activations.Bytes();
        return new OperatorWork
        {
            MatrixFlops = 2 * tokens * Hidden * Experts,
            VectorFlops = tokens * Experts * (Attention.SoftmaxFlopsPerScore + (Bias ? 1 : 0)),
            WeightBytes = tokens > 0 ? WeightBytes(precision) : 0,
            ActivationReadBytes = tokens * Hidden * activation,
            ActivationWriteBytes = tokens * 2 * ExpertsPerToken * activation, // chosen experts and their weights
        };
    }
}
