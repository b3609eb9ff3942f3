using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>
/// DeepSeek's multi-head latent attention: the cache holds one compressed latent and one rotated key per token, shared by all heads.
/// The matrix that expands the latent into keys and values (kv_b_proj) belongs to this operator, since how it is used depends on the phase:
/// prefill materialises keys and values of the context with it; decode absorbs it into queries and results and attends in the latent space.
/// </summary>
/// <remarks>Source of the two forms: DeepSeek-V2 (arXiv 2405.04434), section 2.1 and its appendix; engines choose by phase as here.</remarks>
/// <param name="Heads">H.</param>
/// <param name="LatentDim">kv_lora_rank: width of the cached latent.</param>
/// <param name="NopeDim">Width of the part of a query or key head that is not rotated.</param>
/// <param name="RopeDim">Width of the rotated part; its key is cached once for all heads.</param>
/// <param name="ValueDim">Width of one value head.</param>
/// <param name="Stored">How the graph stores kv_b_proj.</param>
public sealed record MultiLatentAttention(int Heads, int LatentDim, int NopeDim, int RopeDim, int ValueDim, WeightFormat Stored) : OperatorSpec
{
    /// <summary>Dimensions of each query head and of the shared key that this operator rotates itself; 0 when rotation is an operator of its own.</summary>
    public int RotaryDims { get; init; }

    /// <summary>kv_b_proj: latent × heads·(nope + value).</summary>
    public override double Parameters => (double)LatentDim * Heads * (NopeDim + ValueDim);

    /// <inheritdoc/>
    public override double WeightBytes(in Precision precision) => precision.WeightsOr(Stored).Bytes(LatentDim, (double)Heads * (NopeDim + ValueDim));

    /// <inheritdoc/>
    public override double KvElementsPerToken => LatentDim + RopeDim;

    /// <summary>Keys and values that prefill expands; in decode, the queries carried into the latent space and the results before they leave it.</summary>
    public override double WorkspaceBytes(in BatchShape batch, in Precision precision) => precision.Activations.Bytes() * Heads
        * ((double)batch.Prefill.ContextTokens * (NopeDim + RopeDim + ValueDim) + (double)batch.Decode.Tokens * 2 * LatentDim);

    /// <inheritdoc/>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var work = PrefillWork(batch.Prefill, precision) + DecodeWork(batch.Decode, precision);
        return batch.Tokens > 0 ? work with { WeightBytes = WeightBytes(precision) } : work;
    }

    /// <summary>Keys and values of the whole context are expanded to memory, then attended to as with as many KV heads as heads. Weights not counted.</summary>
    public OperatorWork PrefillWork(in PhaseShape phase, in Precision precision)
    {
        if (phase.Tokens == 0) return default;
        double context = phase.ContextTokens, pairs = phase.Pairs, heads = Heads;
        var keyDim = NopeDim + RopeDim;
        var expanded = context * heads * (keyDim + ValueDim) * precision.Activations.Bytes();
        var common = Common(phase, precision);
        return common with
        {
            MatrixFlops = 2 * context * LatentDim * heads * (NopeDim + ValueDim) + 2 * heads * (keyDim + ValueDim) * pairs,
            VectorFlops = common.VectorFlops + Attention.SoftmaxFlopsPerScore * heads * pairs,
            ActivationReadBytes = common.ActivationReadBytes + expanded,
            ActivationWriteBytes = common.ActivationWriteBytes + expanded,
        };
    }

    /// <summary>Queries are carried into the latent space and results out of it; the cache is attended to as one key-value head. Weights not counted.</summary>
    public OperatorWork DecodeWork(in PhaseShape phase, in Precision precision)
    {
        if (phase.Tokens == 0) return default;
        double tokens = phase.Tokens, pairs = phase.Pairs, heads = Heads;
        var common = Common(phase, precision);
        return common with
        {
            MatrixFlops = 2 * tokens * heads * LatentDim * (NopeDim + ValueDim) + 2 * heads * (2.0 * LatentDim + RopeDim) * pairs,
            VectorFlops = common.VectorFlops + Attention.SoftmaxFlopsPerScore * heads * pairs,
        };
    }

    // Queries and the new latent in, the result out, the cache's latents read, the new one written.
    private OperatorWork Common(in PhaseShape phase, in Precision precision)
    {
        double tokens = phase.Tokens;
        var activation = precision.Activations.Bytes();
        var kv = precision.KvCache.Bytes();
        return new OperatorWork
        {
            VectorFlops = Rotary.FlopsPerElement * (Heads + 1.0) * RotaryDims * tokens,
            ActivationReadBytes = tokens * (Heads * (double)(NopeDim + RopeDim) + LatentDim + RopeDim) * activation,
            ActivationWriteBytes = tokens * Heads * (double)ValueDim * activation,
            KvReadBytes = phase.ContextTokens * KvElementsPerToken * kv,
            KvWriteBytes = tokens * KvElementsPerToken * kv,
        };
    }
}
