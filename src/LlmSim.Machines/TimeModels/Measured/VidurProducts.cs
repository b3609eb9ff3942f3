namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>Vidur's mlp.csv: median milliseconds of a model's layers in 16 bits, by tokens and tensor-parallel degree; the sizes stand in the rows.</summary>
internal sealed class VidurProducts : ITableFormat
{
    private static readonly string[] s_layers = ["attn_pre_proj", "attn_post_proj", "mlp_up_proj", "mlp_down_proj"];

    /// <inheritdoc/>
    public string Name => "Vidur mlp.csv (time_stats.attn_pre_proj.median, num_tokens, n_embd, …)";

    /// <inheritdoc/>
    public bool Knows(TableFile file) => file.Has("time_stats.attn_pre_proj.median");

    /// <inheritdoc/>
    public void Read(TableFile file, MeasuredPart part, Action<MeasuredPoint> add)
    {
        int tokens = file.Need("num_tokens"), ranks = file.Need("num_tensor_parallel_workers"), hidden = file.Need("n_embd"), inner = file.Need("n_expanded_embd");
        int heads = file.Need("n_head"), kvHeads = file.Need("n_kv_head"), gated = file.Need("use_gated_mlp");
        int[] times = [.. s_layers.Select(l => file.Need($"time_stats.{l}.median"))];
        if (file.IsWrong) return;
        var sizes = new (double N, double K)[s_layers.Length];
        while (file.Next())
        {
            if (!file.Size(tokens, out var m) | !file.Size(ranks, out var r) | !file.Size(hidden, out var e) | !file.Size(inner, out var f)
                | !file.Size(heads, out var h) | !file.Size(kvHeads, out var g)) continue;
            if (r == 0 || h == 0)
            {
                file.Wrong(r == 0 ? ranks : heads, "is below 1");
                continue;
            }

            var packed = file.Text(gated).Equals("True", StringComparison.OrdinalIgnoreCase) ? 2 : 1;
            sizes[0] = ((h + 2 * g) * (e / h) / r, e);
            sizes[1] = (e, e / r);
            sizes[2] = (packed * f / r, e);
            sizes[3] = (e, f / r);
            for (var i = 0; i < times.Length; i++)
            {
                // A layer that was not profiled at this size has an empty cell.
                if (file.Text(times[i]).IsEmpty || !file.Seconds(times[i], 1e-3, out var seconds)) continue;
                add(new MeasuredPoint(MeasuredShape.Gemm(MeasuredFormats.Bf16, m, sizes[i].N, sizes[i].K), seconds));
                // One product here may be two where gate and up stand alone; each then takes its half.
                if (i == 2 && packed == 2) add(new MeasuredPoint(MeasuredShape.Gemm(MeasuredFormats.Bf16, m, f / r, e), seconds / 2));
            }
        }
    }
}
