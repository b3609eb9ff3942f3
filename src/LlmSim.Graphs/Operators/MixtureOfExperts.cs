using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>
/// The routed experts of a layer: each token runs through k of E feed-forward networks, and only the experts that some token chose are read.
/// Shared experts, which every token runs through, are ordinary linear layers beside this operator.
/// </summary>
/// <remarks>
/// Activations follow a grouped-GEMM kernel: rows of the first GEMM are gathered per choice, its result and the activated one pass through memory,
/// and the k results of a token are summed at the end.
/// </remarks>
/// <param name="Experts">E.</param>
/// <param name="ExpertsPerToken">k.</param>
/// <param name="Hidden">Width of input and output.</param>
/// <param name="Intermediate">Inner width of one expert.</param>
/// <param name="Gated">Whether the first GEMM makes gate and up (three matrices an expert) or just up (two).</param>
/// <param name="Bias">Whether each matrix has biases.</param>
/// <param name="Activation">What is applied between the GEMMs.</param>
/// <param name="Stored">How the graph stores the experts' matrices.</param>
public sealed record MixtureOfExperts(
    int Experts, int ExpertsPerToken, int Hidden, int Intermediate, bool Gated, bool Bias, ActivationFunction Activation, WeightFormat Stored)
    : OperatorSpec
{
    /// <summary>
    /// How unevenly tokens choose: expert i is chosen in proportion to (i + 1)^−skew (Zipf), never more than once per token. 0 is uniform.
    /// </summary>
    public double RoutingSkew { get; init; }

    /// <summary>
    /// Devices that the experts are spread over (expert parallel); this operator is one device's part of them, the average one: 1 when it holds all.
    /// </summary>
    public int Ranks { get; init; } = 1;

    /// <summary>
    /// What the batch of one device is, when there are several <see cref="Ranks"/>: true for tokens of its own (data-parallel attention; the experts
    /// here see the tokens of all devices), false for the same tokens on every device.
    /// </summary>
    public bool OwnTokens { get; init; }

    private int InnerWidth => Gated ? 2 * Intermediate : Intermediate;

    /// <inheritdoc/>
    public override double Parameters => (double)Experts / Ranks * (((double)Hidden * InnerWidth) + ((double)Intermediate * Hidden) + (Bias ? InnerWidth + Hidden : 0));

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => (double)Experts / Ranks * ExpertBytes(precision);

    /// <summary>Bytes of one expert.</summary>
    public double ExpertBytes(in Precision precision)
    {
        var format = precision.WeightsOr(Stored);
        var biases = Bias ? (InnerWidth + Hidden) * precision.Activations.Bytes() : 0;
        return format.Bytes(Hidden, InnerWidth) + format.Bytes(Intermediate, Hidden) + biases;
    }

    /// <summary>Expected number of experts that at least one of <paramref name="tokens"/> tokens chooses: Σ 1 − (1 − pᵢ)^T; E·(1 − (1 − k/E)^T) when uniform.</summary>
    public double DistinctExperts(long tokens)
    {
        if (tokens <= 0) return 0;
        if (RoutingSkew <= 0) return Experts * (1 - Math.Pow(1 - (double)ExpertsPerToken / Experts, tokens));
        return SkewedRouting.Distinct(Experts, ExpertsPerToken, RoutingSkew, tokens);
    }

    /// <summary>Between its steps: results of the first GEMM and the activated ones, then these and the k results of each token.</summary>
    public override double WorkspaceBytes(in BatchShape batch, in Precision precision) =>
        (double)batch.Tokens * ExpertsPerToken * (Intermediate + Math.Max(InnerWidth, Hidden)) * precision.Activations.Bytes();

    /// <inheritdoc/>
    public override BatchDependence DependsOn => BatchDependence.Tokens;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var tokens = OwnTokens ? Ranks * batch.Tokens : batch.Tokens;
        var rows = (double)tokens * ExpertsPerToken / Ranks;
        var activation = precision.Activations.Bytes();
        return new OperatorWork
        {
            MatrixFlops = 2 * rows * Hidden * ((double)InnerWidth + Intermediate),
            VectorFlops = rows * Intermediate * (Activation.FlopsPerElement() + (Gated ? 1 : 0)) // activation and gating
                + (Bias ? rows * (InnerWidth + Hidden) : 0)
                + 2 * rows * Hidden, // weighted sum of the k results
            WeightBytes = DistinctExperts(tokens) / Ranks * ExpertBytes(precision),
            ActivationReadBytes = rows * ((double)Hidden + InnerWidth + Intermediate + Hidden) * activation,
            ActivationWriteBytes = (rows * ((double)InnerWidth + Intermediate + Hidden) + (double)batch.Tokens * Hidden) * activation,
        };
    }
}
