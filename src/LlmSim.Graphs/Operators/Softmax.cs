using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Softmax over dense attention scores in memory (unfused attention): reads the scores, writes the probabilities.</summary>
/// <param name="Heads">H: rows for each query.</param>
public sealed record Softmax(int Heads) : OperatorSpec
{
    /// <summary>Whether each head has a learned score for attending to nothing: H parameters.</summary>
    public bool Sinks { get; init; }

    /// <inheritdoc/>
    public override double Parameters => Sinks ? Heads : 0;

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => Parameters * precision.Activations.Bytes();

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var scores = (double)Heads * batch.DensePairs;
        return new OperatorWork
        {
            VectorFlops = Attention.SoftmaxFlopsPerScore * scores,
            WeightBytes = scores > 0 ? WeightBytes(precision) : 0,
            ActivationReadBytes = scores * precision.Activations.Bytes(),
            ActivationWriteBytes = scores * precision.Activations.Bytes(),
        };
    }
}
