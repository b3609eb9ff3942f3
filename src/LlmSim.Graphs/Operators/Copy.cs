using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Moves bytes without computing: a transposition, concatenation, split or gather that an engine really executes.</summary>
/// <param name="Moved">Elements read and written.</param>
public sealed record Copy(Extent Moved) : OperatorSpec
{
    /// <inheritdoc/>
    public override BatchDependence DependsOn => Moved.Dependence;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var bytes = Moved.Elements(batch) * precision.Activations.Bytes();
        return new OperatorWork { ActivationReadBytes = bytes, ActivationWriteBytes = bytes };
    }
}
