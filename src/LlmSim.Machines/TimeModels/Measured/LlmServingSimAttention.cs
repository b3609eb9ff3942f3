namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>
/// LLMServingSim's attention.csv: microseconds by prompt chunk, what is cached of it, decodes and their mean cache, in 16 bits. Rows of prompts alone, from an empty cache, and
/// of decodes alone are taken; the heads are those of the model that the table is used for.
/// </summary>
internal sealed class LlmServingSimAttention : ITableFormat
{
    /// <inheritdoc/>
    public string Name => "LLMServingSim attention.csv (prefill_chunk, kv_prefill, n_decode, kv_decode, time_us)";

    /// <inheritdoc/>
    public bool Knows(TableFile file) => file.Has("prefill_chunk") && file.Has("n_decode");

    /// <inheritdoc/>
    public void Read(TableFile file, MeasuredPart part, Action<MeasuredPoint> add)
    {
        int chunk = file.Need("prefill_chunk"), past = file.Need("kv_prefill"), decodes = file.Need("n_decode"), cached = file.Need("kv_decode"), time = file.Need("time_us");
        if (file.IsWrong || part.Heads is not { } heads) return;
        while (file.Next())
        {
            if (!file.Size(chunk, out var tokens) | !file.Size(past, out var before) | !file.Size(decodes, out var sequences) | !file.Size(cached, out var context)
                | !file.Seconds(time, 1e-6, out var seconds)) continue;
            if (tokens > 0 && sequences == 0 && before == 0)
                add(new MeasuredPoint(MeasuredShape.Attention(MeasuredClass.PrefillAttention, MeasuredFormats.Bf16, heads, 1, tokens), seconds));
            // A query attends to its own key besides the cached ones.
            else if (tokens == 0 && sequences > 0)
                add(new MeasuredPoint(MeasuredShape.Attention(MeasuredClass.DecodeAttention, MeasuredFormats.Bf16, heads, sequences, context + 1), seconds));
        }
    }
}
