using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>
/// A feed-forward matrix, or what is applied between two of them, of which each token uses only the neurons that are active for it (contextual sparsity): arithmetic and activations fall to
/// the active share a, while the weights that a batch of T tokens reads are those that any of them needs, 1 − (1 − a)^T.
/// </summary>
/// <remarks>Neurons are taken to be active independently of each other and of the tokens beside them; tokens of one text share more of them, so that less is read than this says.</remarks>
/// <param name="Dense">The operator with all neurons.</param>
/// <param name="ActiveShare">a, above 0 and at most 1.</param>
public sealed record SparseNeurons(OperatorSpec Dense, double ActiveShare) : OperatorSpec
{
    /// <inheritdoc/>
    public override BatchDependence DependsOn => Dense.DependsOn;

    /// <inheritdoc/>
    public override OperatorSpec Kernel => Dense.Kernel;

    /// <inheritdoc/>
    public override double Parameters => Dense.Parameters;

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => Dense.WeightBytes(precision);

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var dense = Dense.Work(batch, precision);
        // The side of a matrix that is not the neurons keeps its width; the larger one is that of the neurons.
        var (read, written) = Dense.Kernel is Linear linear
            ? linear.Inputs > linear.Outputs ? (ActiveShare, 1.0) : (1.0, ActiveShare)
            : (ActiveShare, ActiveShare);
        return dense with
        {
            MatrixFlops = ActiveShare * dense.MatrixFlops,
            VectorFlops = ActiveShare * dense.VectorFlops,
            WeightBytes = (1 - Math.Pow(1 - ActiveShare, batch.Tokens)) * dense.WeightBytes,
            ActivationReadBytes = read * dense.ActivationReadBytes,
            ActivationWriteBytes = written * dense.ActivationWriteBytes,
        };
    }
}
