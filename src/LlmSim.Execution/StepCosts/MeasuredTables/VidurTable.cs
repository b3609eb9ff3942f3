using LlmSim.Files;
using LlmSim.Graphs.Batches;

namespace LlmSim.Execution.StepCosts.MeasuredTables;

/// <summary>
/// Per-layer times of a Vidur run (Agrawal et al., “Vidur: A Large-Scale Simulation Framework for LLM Inference”, 2024), looked up as
/// Vidur does: token-wise operators at the batch's tokens rounded up to 8, the cache write at its very tokens, decode attention at
/// (sequences, mean context rounded up to 64), prefill attention at (Σ past rounded up to 64 each, √Σ chunk² rounded). One layer is
/// attention, MLP and residual add; embedding, final norm and LM head are not timed there.
/// </summary>
public sealed class VidurTable : IStepCost
{
    private const int Rounding = 64;
    private const int TokenRounding = 8;

    private static readonly string[] _tokenColumns =
    [
        "num_tokens", "attn_pre_proj", "attn_post_proj", "attn_rope", "input_layernorm", "post_attention_layernorm", "mlp_up_proj", "mlp_act",
        "mlp_down_proj", "add", "attn_kv_cache_save",
    ];

    private readonly string _folder;
    private readonly int _layers;
    private readonly Dictionary<long, double[]> _tokens = [];
    private readonly Dictionary<(long Sequences, long Context), double> _decode = [];
    private readonly Dictionary<(long Past, long Chunk), double> _prefill = [];

    private VidurTable(string folder, int layers)
    {
        _folder = folder;
        _layers = layers;
    }

    /// <inheritdoc/>
    public BatchNeeds Needs { get; } = new() { PastRounding = Rounding, SingleTokenIsDecode = false };

    /// <summary>Reads <c>per_token_ops_ms.csv</c>, <c>attn_decode_ms.csv</c> and <c>attn_prefill_ms.csv</c>, packed with gzip or not.</summary>
    /// <param name="folder">Where they lie.</param>
    /// <param name="layers">Layers of the model, at least 1.</param>
    /// <exception cref="InputException">A file is missing or malformed; all errors, by file and line.</exception>
    public static VidurTable Read(string folder, int layers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        var errors = new InputErrors();
        var table = new VidurTable(folder, layers);
        MeasuredCsv.Read(Path.Combine(folder, "per_token_ops_ms.csv"), _tokenColumns, 0, (_, _, v) => table._tokens[(long)v[0]] = v[1..], errors);
        MeasuredCsv.Read(Path.Combine(folder, "attn_decode_ms.csv"), ["batch_size", "avg_kv_rounded_up_64", "ms"], 0, (_, _, v) => table._decode[((long)v[0], (long)v[1])] = v[2], errors);
        MeasuredCsv.Read(Path.Combine(folder, "attn_prefill_ms.csv"), ["kv_cache_rounded_up_64", "prefill_chunk", "ms"], 0, (_, _, v) => table._prefill[((long)v[0], (long)v[1])] = v[2], errors);
        errors.ThrowIfAny();
        return table;
    }

    /// <inheritdoc/>
    /// <exception cref="OutsideTableException">The table has no such batch.</exception>
    public long Nanoseconds(in BatchShape batch)
    {
        var tokens = batch.Tokens;
        if (tokens == 0) return 0;
        var rounded = Lookup(_tokens, RoundUp(tokens, TokenRounding), "per_token_ops_ms");
        var exact = Lookup(_tokens, tokens, "per_token_ops_ms");
        var decode = batch.Decode.Sequences == 0
            ? 0
            : Lookup(_decode, (batch.Decode.Sequences, RoundUp(batch.Decode.ContextTokens / batch.Decode.Sequences, Rounding)), "attn_decode_ms");
        var prefill = batch.Prefill.Sequences == 0
            ? 0
            : Lookup(_prefill, (batch.Prefill.RoundedPastTokens, (long)Math.Round(Math.Sqrt(batch.Prefill.ChunkSquares))), "attn_prefill_ms");
        var attention = rounded[0] + rounded[1] + rounded[2] + exact[9] + decode + prefill + rounded[3];
        var mlp = rounded[5] + rounded[7] + rounded[6] + rounded[4];
        return (long)Math.Round((attention + mlp + rounded[8]) * _layers * 1e6);
    }

    private static long RoundUp(long value, int granularity) => (value + granularity - 1) / granularity * granularity;

    private TValue Lookup<TKey, TValue>(Dictionary<TKey, TValue> table, TKey key, string name)
        where TKey : notnull =>
        table.TryGetValue(key, out var value) ? value : throw new OutsideTableException($"{Path.Combine(_folder, name)}: there is no measurement at {key}");
}
