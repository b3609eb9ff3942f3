using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Rotary position embedding of queries or keys (or both) as an operator of its own.</summary>
/// <param name="Heads">Heads that are rotated.</param>
/// <param name="HeadDim">Width of one head.</param>
/// <param name="RotaryDims">Dimensions of each head that are rotated, at most HeadDim.</param>
public sealed record Rotary(int Heads, int HeadDim, int RotaryDims) : OperatorSpec
{
    /// <summary>FLOPs per rotated element: two products and a sum.</summary>
    internal const double FlopsPerElement = 3;

    /// <inheritdoc/>
    public override BatchDependence DependsOn => BatchDependence.Tokens;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        double tokens = batch.Tokens;
        var activation = precision.Activations.Bytes();
        return new OperatorWork
        {
            VectorFlops = FlopsPerElement * tokens * Heads * RotaryDims,
            ActivationReadBytes = tokens * ((double)Heads * HeadDim + RotaryDims) * activation, // half a row of cosines, half a row of sines
            ActivationWriteBytes = tokens * (double)Heads * HeadDim * activation,
        };
    }
}
