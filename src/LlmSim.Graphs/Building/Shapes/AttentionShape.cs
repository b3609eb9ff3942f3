namespace LlmSim.Graphs.Building.Shapes;

/// <summary>The attention of one layer.</summary>
internal abstract record AttentionShape
{
    /// <summary>Weights and biases of its projections, its inner norms and sinks.</summary>
    /// <param name="hidden">Width of the residual stream.</param>
    public abstract double Parameters(int hidden);

    /// <summary>Elements that one token adds to the KV cache.</summary>
    public abstract long KvElementsPerToken { get; }
}

/// <summary>Multi-head, grouped-query or multi-query attention with keys and values in the cache.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key-value heads; divides the query heads.</param>
/// <param name="HeadDim">Width of one head.</param>
internal sealed record GroupedAttention(int Heads, int KvHeads, int HeadDim) : AttentionShape
{
    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool QkvBias { get; init; }

    /// <summary>Whether the output projection has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether and how queries and keys are normalised before rotation.</summary>
    public QkNorm QkNorm { get; init; }

    /// <summary>A query sees itself and the Window − 1 tokens before it; null for the whole context.</summary>
    public int? Window { get; init; }

    /// <summary>Rotation; null where positions are learned.</summary>
    public RotaryShape? Rotary { get; init; }

    /// <summary>Multiplies the scores; null for 1/√HeadDim.</summary>
    public float? Scale { get; init; }

    /// <summary>Scores are squeezed into ±Softcap (Gemma-2); 0 for not.</summary>
    public float Softcap { get; init; }

    /// <summary>Whether each head has a learned score for attending to nothing (gpt-oss).</summary>
    public bool Sinks { get; init; }

    /// <summary>Width of all query heads.</summary>
    public int QueryWidth => Heads * HeadDim;

    /// <summary>Width of all key heads, and of all value heads.</summary>
    public int KvWidth => KvHeads * HeadDim;

    public override long KvElementsPerToken => 2L * KvWidth;

    public override double Parameters(int hidden)
    {
        var qkv = QueryWidth + 2.0 * KvWidth;
        return hidden * qkv + (QkvBias ? qkv : 0)
            + (double)QueryWidth * hidden + (OutputBias ? hidden : 0)
            + QkNorm switch { QkNorm.PerHead => 2.0 * HeadDim, QkNorm.AllHeads => (double)QueryWidth + KvWidth, _ => 0 }
            + (Sinks ? Heads : 0);
    }
}

/// <summary>Normalisation of queries and keys.</summary>
internal enum QkNorm
{
    /// <summary>None.</summary>
    None,

    /// <summary>Each head by itself, all with the same weights (Qwen3).</summary>
    PerHead,

    /// <summary>All heads together, each with weights of its own (MiniMax-M2).</summary>
    AllHeads,
}

/// <summary>DeepSeek's multi-head latent attention: the cache holds one latent and one rotated key for all heads.</summary>
/// <param name="Heads">Heads.</param>
/// <param name="QueryRank">Width of the compressed query; null where queries are projected directly (V2-Lite).</param>
/// <param name="LatentDim">Width of the cached latent (kv_lora_rank).</param>
/// <param name="NopeDim">Unrotated width of a query or key head.</param>
/// <param name="RopeDim">Rotated width.</param>
/// <param name="ValueDim">Width of a value head.</param>
/// <param name="Scale">Multiplies the scores.</param>
internal sealed record LatentAttention(
    int Heads, int? QueryRank, int LatentDim, int NopeDim, int RopeDim, int ValueDim, float Scale) : AttentionShape
{
    /// <summary>Width of one query or key head.</summary>
    public int HeadDim => NopeDim + RopeDim;

    public override long KvElementsPerToken => LatentDim + RopeDim;

    public override double Parameters(int hidden)
    {
        var queries = (double)Heads * HeadDim;
        var query = QueryRank is { } rank ? (double)hidden * rank + rank + rank * queries : hidden * queries;
        var keyValue = (double)hidden * (LatentDim + RopeDim) + LatentDim + (double)LatentDim * Heads * (NopeDim + ValueDim);
        return query + keyValue + (double)Heads * ValueDim * hidden;
    }
}
