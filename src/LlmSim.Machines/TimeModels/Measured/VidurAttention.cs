namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>Vidur's attention.csv: median milliseconds of attention in 16 bits. Prompts behind a cached prefix, which it measures too, are left out.</summary>
internal sealed class VidurAttention : ITableFormat
{
    /// <inheritdoc/>
    public string Name => "Vidur attention.csv (time_stats.attn_prefill.median, time_stats.attn_decode.median, n_q_head, …)";

    /// <inheritdoc/>
    public bool Knows(TableFile file) => file.Has("time_stats.attn_decode.median") || file.Has("time_stats.attn_prefill.median");

    /// <inheritdoc/>
    public void Read(TableFile file, MeasuredPart part, Action<MeasuredPoint> add)
    {
        int prefill = file.Need("time_stats.attn_prefill.median"), decode = file.Need("time_stats.attn_decode.median"), ranks = file.Need("num_tensor_parallel_workers");
        int hidden = file.Need("n_embd"), heads = file.Need("n_q_head"), kvHeads = file.Need("n_kv_head");
        int batch = file.Need("batch_size"), chunk = file.Need("prefill_chunk_size"), cached = file.Need("kv_cache_size");
        if (file.IsWrong) return;
        while (file.Next())
        {
            if (!file.Size(ranks, out var r) | !file.Size(hidden, out var e) | !file.Size(heads, out var h) | !file.Size(kvHeads, out var g)
                | !file.Size(batch, out var sequences) | !file.Size(chunk, out var tokens) | !file.Size(cached, out var past)) continue;
            if (r == 0 || h == 0)
            {
                file.Wrong(r == 0 ? ranks : heads, "is below 1");
                continue;
            }

            var time = tokens > 0 ? prefill : decode;
            // What was not profiled has an empty cell.
            if ((tokens > 0 && past > 0) || file.Text(time).IsEmpty || !file.Seconds(time, 1e-3, out var seconds)) continue;
            // KV heads are copied where there are fewer of them than devices. A query attends to its own key besides the cached ones.
            var own = new MeasuredHeads(h / r, Math.Max(1, g / r), e / h);
            add(new MeasuredPoint(tokens > 0
                ? MeasuredShape.Attention(MeasuredClass.PrefillAttention, MeasuredFormats.Bf16, own, sequences, tokens)
                : MeasuredShape.Attention(MeasuredClass.DecodeAttention, MeasuredFormats.Bf16, own, sequences, past + 1), seconds));
        }
    }
}
