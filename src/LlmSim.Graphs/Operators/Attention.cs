using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>
/// Softmax attention of new tokens over the KV cache, as a fused kernel does it: scores never reach memory. Multi-head (KvHeads = Heads),
/// grouped-query and multi-query (KvHeads = 1).
/// </summary>
/// <remarks>
/// Bytes: the queries, keys and values of the new tokens are read, the keys and values written to the cache, the keys and values of the context
/// read from it once (a kernel that re-reads them per block of queries finds them in the on-chip cache), the result written.
/// </remarks>
/// <param name="Heads">H: query heads.</param>
/// <param name="KvHeads">G: key-value heads; divides H.</param>
/// <param name="HeadDim">D: width of one query or key head.</param>
/// <param name="ValueHeadDim">Dv: width of one value head.</param>
public sealed record Attention(int Heads, int KvHeads, int HeadDim, int ValueHeadDim) : OperatorSpec
{
    /// <summary>FLOPs per score: maximum, subtraction, exponential, sum, division.</summary>
    internal const double SoftmaxFlopsPerScore = 5;

    /// <summary>Whether a query sees only itself and what is before it; otherwise every token of its sequence (encoders).</summary>
    public bool Causal { get; init; } = true;

    /// <summary>W: a query sees itself and the W − 1 tokens before it; null for the whole context.</summary>
    public int? Window { get; init; }

    /// <summary>Which of <see cref="LanguageModel.Windows"/> W is, so which sums of a <see cref="PhaseShape"/> apply: 0 or 1.</summary>
    public int WindowSlot { get; init; }

    /// <summary>Whether each head has a learned score for attending to nothing (gpt-oss): H parameters.</summary>
    public bool Sinks { get; init; }

    /// <summary>Dimensions of each query and key head that this operator rotates itself; 0 when rotation is an operator of its own, or absent.</summary>
    public int RotaryDims { get; init; }

    /// <summary>Whether keys and values persist in a KV cache; false for encoders and cross attention over a fixed encoding.</summary>
    public bool Cached { get; init; } = true;

    /// <summary>
    /// Rows of queries that the kernel keeps on chip while keys and values stream past: they are read once for every such block of queries. 0 when a cache
    /// on the chip holds them between blocks, so that memory sees them once.
    /// </summary>
    public int QueryBlockRows { get; init; }

    /// <inheritdoc/>
    public override double Parameters => Sinks ? Heads : 0;

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => Parameters * precision.Activations.Bytes();

    /// <inheritdoc/>
    public override double KvElementsPerToken => Cached ? KvWidth : 0;

    /// <summary>Elements of one token's keys and values: G·(D + Dv).</summary>
    public double KvWidth => KvHeads * ((double)HeadDim + ValueHeadDim);

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var work = PhaseWork(batch.Prefill, precision) + PhaseWork(batch.Decode, precision);
        return batch.Tokens > 0 ? work with { WeightBytes = WeightBytes(precision) } : work;
    }

    /// <summary>The work of one phase; prefill and decode run in kernels of their own.</summary>
    public OperatorWork PhaseWork(in PhaseShape phase, in Precision precision)
    {
        if (phase.Tokens == 0) return default;
        var pairs = PairsIn(phase);
        var activation = precision.Activations.Bytes();
        var kv = precision.KvCache.Bytes();
        double tokens = phase.Tokens;
        return new OperatorWork
        {
            MatrixFlops = 2.0 * Heads * ((double)HeadDim + ValueHeadDim) * pairs,
            VectorFlops = SoftmaxFlopsPerScore * Heads * pairs + Rotary.FlopsPerElement * ((double)Heads + KvHeads) * RotaryDims * tokens,
            ActivationReadBytes = tokens * ((double)Heads * HeadDim + KvWidth) * activation,
            ActivationWriteBytes = tokens * Heads * (double)ValueHeadDim * activation,
            KvReadBytes = Cached ? KeysRead(phase) * KvWidth * kv : 0,
            KvWriteBytes = Cached ? tokens * KvWidth * kv : 0,
        };
    }

    /// <summary>Query-key pairs that this attention computes.</summary>
    public double PairsIn(in PhaseShape phase) =>
        !Causal ? phase.DensePairs : Window is null ? phase.Pairs : WindowOf(phase).Pairs;

    /// <summary>Keys (and values) that some query sees.</summary>
    public double KeysIn(in PhaseShape phase) => Window is null || !Causal ? phase.ContextTokens : WindowOf(phase).ContextTokens;

    // A block of r queries reads the keys that any of them sees; summed over the blocks of all sequences that is pairs / r, and at least every key once.
    private double KeysRead(in PhaseShape phase) => QueryBlockRows > 0 ? Math.Max(KeysIn(phase), PairsIn(phase) / QueryBlockRows) : KeysIn(phase);

    private WindowSums WindowOf(in PhaseShape phase)
    {
        var sums = WindowSlot == 0 ? phase.Window0 : phase.Window1;
        return sums.ContextTokens > 0
            ? sums
            : throw new InvalidOperationException($"The batch was built without the sums of window {Window}: see {nameof(LanguageModel)}.{nameof(LanguageModel.Needs)}.");
    }
}
