namespace LlmSim.Graphs.Building.Shapes;

/// <summary>Non-linear functions that feed-forward networks use.</summary>
internal enum Nonlinearity
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·sigmoid(x).</summary>
    Silu,

    /// <summary>x·Φ(x).</summary>
    Gelu,

    /// <summary>Gelu by its tanh approximation.</summary>
    TanhGelu,
}

/// <summary>The feed-forward network of one layer.</summary>
internal abstract record FeedForwardShape
{
    /// <summary>All weights and biases.</summary>
    /// <param name="hidden">Width of the residual stream.</param>
    public abstract double Parameters(int hidden);

    /// <summary>Those that one token uses.</summary>
    /// <param name="hidden">Width of the residual stream.</param>
    public virtual double ActiveParameters(int hidden) => Parameters(hidden);
}

/// <summary>A network that every token runs through.</summary>
/// <param name="Intermediate">Inner width.</param>
/// <param name="Function">Non-linear function.</param>
/// <param name="Gated">Three matrices (gate, up, down) rather than two.</param>
internal sealed record DenseFeedForward(int Intermediate, Nonlinearity Function, bool Gated) : FeedForwardShape
{
    /// <summary>Whether the matrices have biases.</summary>
    public bool Bias { get; init; }

    /// <summary>Whether gate and up are one matrix, split afterwards (ChatGLM).</summary>
    public bool PackedGate { get; init; }

    public override double Parameters(int hidden)
    {
        var inner = (Gated ? 2.0 : 1.0) * Intermediate;
        return hidden * inner + (double)Intermediate * hidden + (Bias ? inner + hidden : 0);
    }
}

/// <summary>A mixture of gated experts, perhaps beside a shared network that every token runs through.</summary>
/// <param name="Experts">Experts.</param>
/// <param name="ExpertsPerToken">Experts that one token runs through.</param>
/// <param name="Intermediate">Inner width of one expert.</param>
internal sealed record ExpertFeedForward(int Experts, int ExpertsPerToken, int Intermediate) : FeedForwardShape
{
    /// <summary>Whether the weights of the chosen experts are scaled to sum to one.</summary>
    public bool NormalisedWeights { get; init; } = true;

    /// <summary>How scores become probabilities.</summary>
    public RouterScoring Scoring { get; init; }

    /// <summary>Whether the router adds a bias per expert.</summary>
    public bool RouterBias { get; init; }

    /// <summary>gpt-oss: biases on the experts' matrices, gate and up interleaved in one, clamped SwiGLU with this limit; 0 for plain SiLU.</summary>
    public float ClampedSwigluLimit { get; init; }

    /// <summary>The network that every token runs through; null for none.</summary>
    public DenseFeedForward? Shared { get; init; }

    /// <summary>Whether the shared network's result is multiplied by a learned sigmoid gate (Qwen2-MoE).</summary>
    public bool SharedGate { get; init; }

    /// <summary>Whether the experts' matrices have biases.</summary>
    public bool Bias => ClampedSwigluLimit > 0;

    public override double Parameters(int hidden) => Others(hidden) + Experts * OneExpert(hidden);

    public override double ActiveParameters(int hidden) => Others(hidden) + ExpertsPerToken * OneExpert(hidden);

    private double OneExpert(int hidden) => 3.0 * hidden * Intermediate + (Bias ? 2.0 * Intermediate + hidden : 0);

    private double Others(int hidden) =>
        (double)hidden * Experts + (RouterBias ? Experts : 0) + (Shared?.Parameters(hidden) ?? 0) + (SharedGate ? hidden : 0);
}

/// <summary>How a router turns scores into probabilities.</summary>
internal enum RouterScoring
{
    /// <summary>Softmax over the experts.</summary>
    Softmax,

    /// <summary>A sigmoid per expert; the bias, where there is one, only steers the choice (DeepSeek-V3).</summary>
    Sigmoid,
}
