using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>What an element-wise operator does.</summary>
public enum ElementWiseKind
{
    /// <summary>Residual addition.</summary>
    Add,

    /// <summary>An activation function.</summary>
    Activation,

    /// <summary>An activation function of one half, times the other half.</summary>
    GatedActivation,

    /// <summary>Anything else: scaling, clamping, masking, casting.</summary>
    Other,
}

/// <summary>An operator without matrices that treats elements one by one; reads, writes and FLOPs are linear in its rows.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Width">Elements written per row.</param>
/// <param name="ReadsPerRow">Elements read per row.</param>
/// <param name="FlopsPerRow">FLOPs per row.</param>
/// <param name="Rows">Which rows of the batch it processes.</param>
public sealed record ElementWise(ElementWiseKind Kind, double Width, double ReadsPerRow, double FlopsPerRow, RowSource Rows = RowSource.Tokens)
    : OperatorSpec
{
    /// <summary>Weights that it reads once a pass (a learned scale).</summary>
    public double WeightElements { get; init; }

    /// <inheritdoc/>
    public override double Parameters => WeightElements;

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => WeightElements * precision.Activations.Bytes();

    /// <summary>Sum of two tensors.</summary>
    public static ElementWise Add(int width) => new(ElementWiseKind.Add, width, 2.0 * width, width);

    /// <summary>An activation function.</summary>
    public static ElementWise Activation(int width, ActivationFunction function) =>
        new(ElementWiseKind.Activation, width, width, width * function.FlopsPerElement());

    /// <summary>An activation function of the gate, times the other half: reads both, writes one.</summary>
    public static ElementWise GatedActivation(int width, ActivationFunction function) =>
        new(ElementWiseKind.GatedActivation, width, 2.0 * width, width * (function.FlopsPerElement() + 1));

    /// <inheritdoc/>
    public override BatchDependence DependsOn => Rows.Dependence();

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        double rows = Rows.Rows(batch);
        var activation = precision.Activations.Bytes();
        return new OperatorWork
        {
            VectorFlops = rows * FlopsPerRow,
            WeightBytes = rows > 0 ? WeightBytes(precision) : 0,
            ActivationReadBytes = rows * ReadsPerRow * activation,
            ActivationWriteBytes = rows * Width * activation,
        };
    }
}
