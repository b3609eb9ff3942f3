namespace LlmSim.Graphs.Building.Shapes;

/// <summary>
/// A decoder in full, as data: what every family's configuration comes down to, and all that the writing of a graph needs.
/// </summary>
internal sealed record DecoderShape
{
    /// <summary>Family, in the words of model_type: "llama".</summary>
    public required string Family { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Tokens of the vocabulary, padding included.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest context, in tokens.</summary>
    public required int MaxContextTokens { get; init; }

    /// <summary>The normalisation throughout.</summary>
    public required NormShape Norm { get; init; }

    /// <summary>Layers in order.</summary>
    public required IReadOnlyList<DecoderLayer> Layers { get; init; }

    /// <summary>Whether the LM head is the embedding used a second time.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Whether the LM head has a bias (GPT-J).</summary>
    public bool HeadBias { get; init; }

    /// <summary>Logits are squeezed into ±LogitSoftcap (Gemma-2); 0 for not.</summary>
    public float LogitSoftcap { get; init; }

    /// <summary>Multiplies the embeddings (Gemma); 1 for not.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>Rows of the table of learned positions; 0 where positions are rotary.</summary>
    public int LearnedPositions { get; init; }

    /// <summary>Added to a position before it is looked up (OPT: 2).</summary>
    public int PositionOffset { get; init; }

    /// <summary>What the graph leaves out or approximates, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// All parameters; a tied head counts once. A double, exact below 2⁵³, since sizes that are each in bounds can multiply beyond 64 bits.
    /// </summary>
    public double Parameters => Outside + Layers.Sum(l => l.Parameters(Hidden, Norm));

    /// <summary>Parameters that one token uses: of the experts only the chosen ones. A lookup table counts whole, as is customary.</summary>
    public double ActiveParameters => Outside + Layers.Sum(l => l.ActiveParameters(Hidden, Norm));

    /// <summary>Elements that one token adds to the KV cache over all layers.</summary>
    public long KvElementsPerToken => Layers.Sum(l => l.Attention.KvElementsPerToken);

    private double Outside =>
        (double)Vocabulary * Hidden * (TiedHead ? 1 : 2) + (HeadBias ? Vocabulary : 0)
        + (double)LearnedPositions * Hidden + Norm.Parameters(Hidden);
}

/// <summary>One transformer layer.</summary>
/// <param name="Attention">Its attention.</param>
/// <param name="FeedForward">Its feed-forward network.</param>
/// <param name="Order">Where norms and residual additions stand.</param>
internal sealed record DecoderLayer(AttentionShape Attention, FeedForwardShape FeedForward, ResidualOrder Order = ResidualOrder.PreNorm)
{
    private int Norms => Order switch { ResidualOrder.Parallel => 1, ResidualOrder.Sandwich => 4, _ => 2 };

    /// <summary>All parameters.</summary>
    public double Parameters(int hidden, NormShape norm) =>
        Norms * norm.Parameters(hidden) + Attention.Parameters(hidden) + FeedForward.Parameters(hidden);

    /// <summary>Parameters that one token uses.</summary>
    public double ActiveParameters(int hidden, NormShape norm) =>
        Norms * norm.Parameters(hidden) + Attention.Parameters(hidden) + FeedForward.ActiveParameters(hidden);
}

/// <summary>Where a layer normalises and adds.</summary>
internal enum ResidualOrder
{
    /// <summary>x + attention(norm(x)), then x + network(norm(x)).</summary>
    PreNorm,

    /// <summary>x + norm(attention(norm(x))), then x + norm(network(norm(x))) (Gemma-2).</summary>
    Sandwich,

    /// <summary>x + attention(norm(x)) + network(norm(x)), one norm for both (GPT-J).</summary>
    Parallel,

    /// <summary>The same with a norm for each (GPT-NeoX).</summary>
    ParallelTwoNorms,
}
