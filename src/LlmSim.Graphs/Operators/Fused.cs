using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Two operators in one kernel: what the first hands to the second stays on chip, neither written nor read.</summary>
/// <param name="First">What runs first, on whose kernel the second is grafted.</param>
/// <param name="Second">What is applied to its result before that leaves the chip.</param>
/// <param name="Internal">Elements that stay on chip.</param>
public sealed record Fused(OperatorSpec First, OperatorSpec Second, Extent Internal) : OperatorSpec
{
    /// <inheritdoc/>
    public override BatchDependence DependsOn => First.DependsOn | Second.DependsOn;

    /// <inheritdoc/>
    public override OperatorSpec Kernel => First.Kernel;

    /// <inheritdoc/>
    public override double Parameters => First.Parameters + Second.Parameters;

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => First.WeightBytes(precision) + Second.WeightBytes(precision);

    /// <inheritdoc/>
    public override double KvElementsPerToken => First.KvElementsPerToken + Second.KvElementsPerToken;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var both = First.Work(batch, precision) + Second.Work(batch, precision);
        var kept = Internal.Elements(batch) * precision.Activations.Bytes();
        return both with
        {
            ActivationReadBytes = Math.Max(0, both.ActivationReadBytes - kept),
            ActivationWriteBytes = Math.Max(0, both.ActivationWriteBytes - kept),
        };
    }
}
