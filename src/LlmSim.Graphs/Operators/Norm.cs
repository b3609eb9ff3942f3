using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Kinds of normalisation.</summary>
public enum NormKind
{
    /// <summary>x / √mean(x²) · γ.</summary>
    Rms,

    /// <summary>(x − mean) / √variance · γ + β.</summary>
    Layer,
}

/// <summary>Normalisation over the last dimension, possibly fused with the residual addition before it.</summary>
/// <param name="Kind">Root-mean-square or layer norm.</param>
/// <param name="Width">Elements that are normalised together.</param>
/// <param name="RowsPerToken">How many such groups one token has: 1, or the heads where queries and keys are normalised per head.</param>
/// <param name="Skip">Whether it first adds its input to the residual stream and writes the sum too.</param>
/// <param name="Rows">Which rows of the batch it processes.</param>
public sealed record Norm(NormKind Kind, int Width, int RowsPerToken = 1, bool Skip = false, RowSource Rows = RowSource.Tokens) : OperatorSpec
{
    /// <summary>Whether it has γ.</summary>
    public bool Scale { get; init; } = true;

    /// <summary>Whether it has β; layer norms usually do.</summary>
    public bool Shift { get; init; } = Kind == NormKind.Layer;

    /// <summary>Whether a bias of the linear layer before it is added along with the residual (fused graphs): Width parameters more.</summary>
    public bool SkipBias { get; init; }

    /// <inheritdoc/>
    public override double Parameters => Width * ((Scale ? 1.0 : 0) + (Shift ? 1 : 0) + (SkipBias ? 1 : 0));

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => Parameters * precision.Activations.Bytes();

    /// <inheritdoc/>
    public override BatchDependence DependsOn => Rows.Dependence();

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var elements = (double)Rows.Rows(batch) * Width * RowsPerToken;
        // RMS: square, sum, scale, γ. Layer: mean and its subtraction more; β adds one.
        var flops = (Kind == NormKind.Rms ? 3 : 5) + (Scale ? 1 : 0) + (Shift ? 1 : 0) + (Skip ? 1 : 0) + (SkipBias ? 1 : 0);
        var bytes = elements * (Skip ? 2 : 1) * precision.Activations.Bytes();
        return new OperatorWork
        {
            VectorFlops = elements * flops,
            WeightBytes = elements > 0 ? WeightBytes(precision) : 0,
            ActivationReadBytes = bytes,
            ActivationWriteBytes = bytes,
        };
    }
}
