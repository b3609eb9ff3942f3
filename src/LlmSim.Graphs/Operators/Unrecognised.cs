using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>A node that the recognition does not know: it is named, costed by the bytes it reads and writes, and lowers the coverage.</summary>
/// <param name="OpType">The node's operator, with its domain where that is not the standard one: "com.example.Mystery".</param>
/// <param name="Read">Activations read.</param>
/// <param name="Written">Activations written.</param>
/// <param name="WeightElements">Weights read, as often as it runs.</param>
/// <param name="WeightBits">Bits of one weight in the graph.</param>
/// <param name="Flops">FLOPs where they are known though the purpose is not (a matrix product in an unknown place), in multiply-add pairs × 2.</param>
public sealed record Unrecognised(string OpType, Extent Read, Extent Written, double WeightElements, int WeightBits, Extent Flops) : OperatorSpec
{
    /// <inheritdoc/>
    public override double Parameters => WeightElements;

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => WeightElements * WeightBits / 8;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var activation = precision.Activations.Bytes();
        return new OperatorWork
        {
            VectorFlops = Flops.Elements(batch),
            WeightBytes = batch.Tokens > 0 ? WeightBytes(precision) : 0,
            ActivationReadBytes = Read.Elements(batch) * activation,
            ActivationWriteBytes = Written.Elements(batch) * activation,
        };
    }
}
