using LlmSim.Fitting.Regression;
using LlmSim.Fitting.Tables;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Classes;

/// <summary>Sizes of a model whose layers were profiled, per device of its tensor-parallel group.</summary>
/// <param name="Hidden">Width of the residual stream.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key-value heads.</param>
/// <param name="HeadDim">Width of one head.</param>
/// <param name="Intermediate">Inner width of the feed-forward network.</param>
/// <param name="Vocabulary">Tokens of the vocabulary.</param>
/// <param name="Ranks">Devices that share the model.</param>
public sealed record ProfiledModel(int Hidden, int Heads, int KvHeads, int HeadDim, int Intermediate, int Vocabulary, int Ranks)
{
    /// <summary>meta-llama/Llama-3.1-8B.</summary>
    public static ProfiledModel Llama8B { get; } = new(4096, 32, 8, 128, 14336, 128256, 1);

    /// <summary>Qwen/Qwen3-32B.</summary>
    public static ProfiledModel Qwen32B { get; } = new(5120, 64, 8, 128, 25600, 151936, 1);

    /// <summary>Query heads, KV heads and widths on one device.</summary>
    public AttentionHeads AttentionHeads => new((double)Heads / Ranks, (double)KvHeads / Ranks, HeadDim, HeadDim, 2);

    /// <summary>Outputs and reduction length of a linear layer by its name in the tables; null for other layers.</summary>
    public (int Outputs, int Inputs)? Linear(string layer) => layer switch
    {
        "qkv_proj" => ((Heads + 2 * KvHeads) * HeadDim / Ranks, Hidden),
        "o_proj" => (Hidden, Heads * HeadDim / Ranks),
        "gate_up_proj" => (2 * Intermediate / Ranks, Hidden),
        "down_proj" => (Hidden, Intermediate / Ranks),
        "lm_head" => (Vocabulary / Ranks, Hidden),
        _ => null,
    };

    /// <summary>16-bit elements that an element-wise layer moves per token; null for other layers.</summary>
    public double? Elements(string layer) => layer switch
    {
        "act_fn" => 3.0 * Intermediate / Ranks,
        // Fused with the residual: two read, two written.
        "layernorm" or "final_layernorm" => 4.0 * Hidden,
        "rotary_emb" => 2.0 * (Heads + KvHeads) * HeadDim / Ranks + HeadDim,
        "qk_norm" => 2.0 * (Heads + KvHeads) * HeadDim / Ranks,
        "embedding" => 2.0 * Hidden,
        _ => null,
    };
}

/// <summary>Layer times as LLMServingSim profiles them inside vLLM: dense.csv, per_sequence.csv and attention.csv, in microseconds.</summary>
public static class ServingTables
{
    private const double Micro = 1e-6;

    /// <summary>Linear layers (columns layer, tokens or sequences, time_us) of several profiles as GEMMs.</summary>
    public static FitProblem Gemm(IReadOnlyList<(CsvTable Table, ProfiledModel Model)> profiles, Device device)
    {
        ArgumentNullException.ThrowIfNull(profiles);
        var target = GemmDevices.Of(device, Graphs.Numbers.NumberFormat.Bf16);
        var rows = new List<(GemmShape Shape, double Seconds)>();
        foreach (var (table, model) in profiles)
        {
            var size = table.Has("tokens") ? "tokens" : "sequences";
            for (var row = 0; row < table.Count; row++)
            {
                if (model.Linear(table.Text(row, "layer")) is not { } layer) continue;
                rows.Add((new GemmShape(table.Number(row, size), layer.Outputs, layer.Inputs, 2, 2), table.Number(row, "time_us") * Micro));
            }
        }

        var all = rows.ToArray();
        return new FitProblem
        {
            Constants = GemmTime.Specs,
            // The layers are too few and too large to tell the cache's speed, or what else ends a tile.
            Free = [true, true, true, true, true, false, false, false, false, false, false, false, false],
            Measured = [.. all.Select(r => r.Seconds)],
            Groups = [.. all.Select(r => (int)r.Shape.N * 7919 + (int)r.Shape.K)],
            Sizes = [FitProblem.Size("m", all.Select(r => r.Shape.M)), FitProblem.Size("n", all.Select(r => r.Shape.N)), FitProblem.Size("k", all.Select(r => r.Shape.K))],
            Predict = (i, c) => GemmTime.Seconds(all[i].Shape, target, GemmConstants.From(c), 0, out _, out _),
        };
    }

    /// <summary>Element-wise layers of several profiles.</summary>
    public static FitProblem Elementwise(IReadOnlyList<(CsvTable Table, ProfiledModel Model)> profiles, Device device)
    {
        ArgumentNullException.ThrowIfNull(profiles);
        ArgumentNullException.ThrowIfNull(device);
        var cache = device.MemoryOf(MemoryKind.L2)?.CapacityBytes ?? 0;
        var rows = new List<(double Bytes, double Seconds, int Group)>();
        foreach (var (table, model) in profiles)
        {
            for (var row = 0; row < table.Count; row++)
            {
                var layer = table.Text(row, "layer");
                if (model.Elements(layer) is not { } elements) continue;
                var tokens = table.Number(row, "tokens");
                rows.Add((2 * elements * tokens, table.Number(row, "time_us") * Micro, (int)tokens));
            }
        }

        var all = rows.ToArray();
        return new FitProblem
        {
            Constants = ElementwiseTime.Specs,
            Measured = [.. all.Select(r => r.Seconds)],
            Groups = [.. all.Select(r => r.Group)],
            Sizes = [FitProblem.Size("bytes", all.Select(r => r.Bytes))],
            Predict = (i, c) => ElementwiseTime.Seconds(all[i].Bytes, device.MemoryBandwidthBytesPerSecond, cache, ElementwiseConstants.From(c)),
        };
    }

    /// <summary>Which rows of attention.csv to take.</summary>
    public enum Part
    {
        /// <summary>No decodes.</summary>
        Prefill,

        /// <summary>No prefill chunk.</summary>
        Decode,

        /// <summary>Both in one launch.</summary>
        Mixed,
    }

    /// <summary>Attention (columns prefill_chunk, kv_prefill, n_decode, kv_decode, time_us) of several profiles: a chunk of prompt, decodes, or both.</summary>
    public static FitProblem Attention(IReadOnlyList<(CsvTable Table, ProfiledModel Model)> profiles, Device device, Part part)
    {
        ArgumentNullException.ThrowIfNull(profiles);
        var target = AttentionDevice.Of(device);
        var rows = new List<(AttentionHeads Heads, PrefillShape Prefill, DecodeShape Decode, double Seconds, int Group)>();
        foreach (var (table, model) in profiles)
        {
            var heads = model.AttentionHeads;
            for (var row = 0; row < table.Count; row++)
            {
                double chunk = table.Number(row, "prefill_chunk"), past = table.Number(row, "kv_prefill");
                double n = table.Number(row, "n_decode"), keys = table.Number(row, "kv_decode");
                if (part != (chunk == 0 ? Part.Decode : n == 0 ? Part.Prefill : Part.Mixed)) continue;
                var group = (int)chunk * 31 + (int)past + ((int)n * 65537 + (int)keys) * 7;
                rows.Add((heads, Prompt(heads, chunk, past), Decodes(heads, n, keys), table.Number(row, "time_us") * Micro, group));
            }
        }

        var all = rows.ToArray();
        var specs = part switch { Part.Prefill => PrefillAttentionTime.Specs, Part.Decode => DecodeAttentionTime.Specs, _ => MixedAttentionTime.Specs };
        return new FitProblem
        {
            Constants = specs,
            // The profiler's keys and values come from memory: nothing tells the cache's speed.
            Free = [.. specs.Select(s => part != Part.Decode || (DecodeAttentionTime.Uses(s.Name, target) && !s.Name.StartsWith("cache", StringComparison.Ordinal)))],
            Measured = [.. all.Select(r => r.Seconds)],
            Groups = [.. all.Select(r => r.Group)],
            Sizes = part switch
            {
                Part.Prefill => [FitProblem.Size("sequences", all.Select(r => r.Prefill.Sequences)), FitProblem.Size("keys", all.Select(r => r.Prefill.LongestKeys))],
                Part.Decode => [FitProblem.Size("sequences", all.Select(r => r.Decode.Sequences)), FitProblem.Size("keys", all.Select(r => r.Decode.MeanKeys))],
                _ =>
                [
                    FitProblem.Size("tokens", all.Select(r => r.Prefill.Tokens)), FitProblem.Size("sequences", all.Select(r => r.Decode.Sequences)),
                    FitProblem.Size("keys", all.Select(r => r.Decode.MeanKeys)),
                ],
            },
            Predict = part switch
            {
                Part.Prefill => (i, c) => PrefillAttentionTime.Seconds(all[i].Prefill, all[i].Heads, target, PrefillConstants.From(c), out _, out _),
                Part.Decode => (i, c) => DecodeAttentionTime.Seconds(all[i].Decode, all[i].Heads, target, DecodeConstants.From(c), 0, out _, out _),
                _ => (i, c) => MixedAttentionTime.Seconds(all[i].Prefill, all[i].Decode, all[i].Heads, target, MixedConstants.From(c), out _, out _),
            },
        };
    }

    /// <summary>
    /// Batches with some contexts longer than the others (columns pc, n, kv_big, kv_mean, t_mean_us, t_skew_us; the times are sums over
    /// <paramref name="repeats"/> repetitions), against even batches of the same mean: what the unevenness adds. Rows whose contexts are split are left out.
    /// </summary>
    public static FitProblem Uneven(IReadOnlyList<(CsvTable Table, ProfiledModel Model)> profiles, Device device, int repeats = 3)
    {
        ArgumentNullException.ThrowIfNull(profiles);
        var target = AttentionDevice.Of(device);
        var rows = new List<(AttentionHeads Heads, DecodeShape Decode, double Even, double Seconds, int Group)>();
        foreach (var (table, model) in profiles)
        {
            var heads = model.AttentionHeads;
            for (var row = 0; row < table.Count; row++)
            {
                double chunk = table.Number(row, "pc"), n = table.Number(row, "n"), mean = table.Number(row, "kv_mean"), longest = table.Number(row, "kv_big");
                // One long context among many: where most are long, the mean itself no longer stands for the batch.
                if (table.Number(row, "ratio") > 0.04) continue;
                var decode = Decodes(heads, n, mean) with { LongestKeys = longest };
                if (chunk == 0 && !UnevenDecodesTime.Unsplit(decode, heads, target)) continue;
                rows.Add((heads, decode, table.Number(row, "t_mean_us") * Micro / repeats, table.Number(row, "t_skew_us") * Micro / repeats, (int)n * 65537 + (int)longest));
            }
        }

        var all = rows.ToArray();
        return new FitProblem
        {
            Constants = UnevenDecodesTime.Specs,
            Measured = [.. all.Select(r => r.Seconds)],
            Groups = [.. all.Select(r => r.Group)],
            Sizes = [FitProblem.Size("sequences", all.Select(r => r.Decode.Sequences)), FitProblem.Size("keys", all.Select(r => r.Decode.LongestKeys))],
            Predict = (i, c) => all[i].Even + UnevenDecodesTime.Seconds(all[i].Decode, all[i].Heads, UnevenConstants.From(c)),
        };
    }

    private static PrefillShape Prompt(in AttentionHeads heads, double chunk, double past)
    {
        if (chunk == 0) return default;
        var kv = heads.KvHeads * (heads.KeyDim + heads.ValueDim);
        var bytes = 2 * chunk * heads.Heads * (heads.KeyDim + heads.ValueDim) + 2 * chunk * kv + (chunk + past) * kv * heads.KvBytes + chunk * kv * heads.KvBytes;
        return new PrefillShape(1, chunk, chunk * past + chunk * (chunk + 1) / 2, past, past + chunk, bytes);
    }

    private static DecodeShape Decodes(in AttentionHeads heads, double n, double keys)
    {
        var kv = heads.KvHeads * (heads.KeyDim + heads.ValueDim);
        // The query's own key comes on top: splits begin at 128 cached keys, not at 129.
        keys = n == 0 ? 0 : keys + 1;
        return new DecodeShape(n, keys, n * (keys * kv * heads.KvBytes + 2 * heads.Heads * (heads.KeyDim + heads.ValueDim)));
    }
}
