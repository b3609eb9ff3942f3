using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Probabilities·V as an operator of its own (unfused attention, "sv_matmul"). Writes the new values to the cache.</summary>
/// <param name="Heads">H: query heads.</param>
/// <param name="KvHeads">G: value heads.</param>
/// <param name="ValueHeadDim">Dv: width of one value head.</param>
/// <param name="Cached">Whether values persist in a KV cache.</param>
public sealed record AttentionValues(int Heads, int KvHeads, int ValueHeadDim, bool Cached = true) : OperatorSpec
{
    /// <inheritdoc/>
    public override double KvElementsPerToken => Cached ? (double)KvHeads * ValueHeadDim : 0;

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        double pairs = batch.DensePairs, tokens = batch.Tokens, valueWidth = (double)KvHeads * ValueHeadDim;
        var activation = precision.Activations.Bytes();
        var kv = precision.KvCache.Bytes();
        return new OperatorWork
        {
            MatrixFlops = 2.0 * Heads * ValueHeadDim * pairs,
            ActivationReadBytes = (Heads * pairs + tokens * valueWidth) * activation,
            ActivationWriteBytes = tokens * Heads * (double)ValueHeadDim * activation,
            KvReadBytes = Cached ? batch.ContextTokens * valueWidth * kv : 0,
            KvWriteBytes = Cached ? tokens * valueWidth * kv : 0,
        };
    }
}
