using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>
/// AIConfigurator's context_attention_perf and generation_attention_perf: milliseconds by heads, batch and length. Generation rows have isl + step keys; in tables cut down to
/// these the sum stands in kv_len.
/// </summary>
internal sealed class AiConfiguratorAttention : ITableFormat
{
    /// <inheritdoc/>
    public string Name => "AIConfigurator attention (kv_cache_dtype, num_heads, num_key_value_heads, head_dim, batch_size, isl, step, latency)";

    /// <inheritdoc/>
    public bool Knows(TableFile file) => file.Has("kv_cache_dtype") && file.Has("num_heads") && file.Has("head_dim");

    /// <inheritdoc/>
    public void Read(TableFile file, MeasuredPart part, Action<MeasuredPoint> add)
    {
        int cache = file.Need("kv_cache_dtype"), computed = file.Find("attn_dtype"), heads = file.Need("num_heads"), kvHeads = file.Need("num_key_value_heads", "kv_heads");
        int width = file.Need("head_dim"), batch = file.Need("batch_size", "batch"), length = file.Need("isl", "kv_len"), latency = file.Need("latency", "latency_ms");
        int step = file.Find("step"), window = file.Find("window_size"), operation = file.Find("op_name");
        if (file.IsWrong) return;
        while (file.Next())
        {
            if (!file.Size(heads, out var h) | !file.Size(kvHeads, out var g) | !file.Size(width, out var d) | !file.Size(batch, out var sequences)
                | !file.Size(length, out var keys) | !file.Seconds(latency, 1e-3, out var seconds)) continue;
            double past = 0, windowed = 0;
            if ((step >= 0 && !file.Size(step, out past)) || (window >= 0 && !file.Size(window, out windowed))) continue;
            // Kernels that compute in 8 bits too are ones that few engines switch on; sliding windows are kernels of their own.
            if (windowed > 0 || (computed >= 0 && file.Text(computed) is not ("bfloat16" or "float16")) || FormatsOf(file.Text(cache)) is not { } formats) continue;
            var decodes = operation >= 0 ? file.Text(operation).Contains("generation", StringComparison.Ordinal) : past > 0 || file.Columns[length] == "kv_len";
            var kind = decodes ? MeasuredClass.DecodeAttention : MeasuredClass.PrefillAttention;
            // Older tables write 0 KV heads where each head has its own.
            add(new MeasuredPoint(MeasuredShape.Attention(kind, formats, new MeasuredHeads(h, g == 0 ? h : g, d), sequences, decodes ? keys + past : keys), seconds));
        }
    }

    private static MeasuredFormats? FormatsOf(ReadOnlySpan<char> type) => type switch
    {
        "bfloat16" or "float16" => MeasuredFormats.Bf16,
        "fp8" => MeasuredFormats.Cache(NumberFormat.Fp8),
        _ => null,
    };
}
