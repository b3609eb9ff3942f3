using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Q·Kᵀ as an operator of its own (unfused attention, "qk_matmul"): the dense score matrix goes to memory. Writes the new keys to the cache.</summary>
/// <param name="Heads">H: query heads.</param>
/// <param name="KvHeads">G: key heads.</param>
/// <param name="HeadDim">D: width of one head.</param>
/// <param name="Cached">Whether keys persist in a KV cache.</param>
public sealed record AttentionScores(int Heads, int KvHeads, int HeadDim, bool Cached = true) : OperatorSpec
{
    /// <inheritdoc/>
    public override double KvElementsPerToken => Cached ? (double)KvHeads * HeadDim : 0;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        double pairs = batch.DensePairs, tokens = batch.Tokens, keyWidth = (double)KvHeads * HeadDim;
        var activation = precision.Activations.Bytes();
        var kv = precision.KvCache.Bytes();
        return new OperatorWork
        {
            MatrixFlops = 2.0 * Heads * HeadDim * pairs,
            ActivationReadBytes = tokens * ((double)Heads * HeadDim + keyWidth) * activation,
            ActivationWriteBytes = Heads * pairs * activation,
            KvReadBytes = Cached ? batch.ContextTokens * keyWidth * kv : 0,
            KvWriteBytes = Cached ? tokens * keyWidth * kv : 0,
        };
    }
}
