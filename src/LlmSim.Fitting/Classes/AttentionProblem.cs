using LlmSim.Fitting.Regression;
using LlmSim.Fitting.Tables;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Classes;

/// <summary>Prefill and decode attention of one device, from AIConfigurator tables.</summary>
public static class AttentionProblem
{
    /// <summary>Prefill: columns kv_cache_dtype, head_dim, num_heads, kv_heads, batch, isl, latency_ms.</summary>
    public static FitProblem Prefill(CsvTable table, string kv, Device device)
    {
        ArgumentNullException.ThrowIfNull(table);
        var target = AttentionDevice.Of(device, kv == "fp8" ? Graphs.Numbers.NumberFormat.Fp8 : Graphs.Numbers.NumberFormat.Bf16);
        var rows = new List<(AttentionHeads Heads, PrefillShape Shape)>();
        var measured = new List<double>();
        var groups = new List<int>();
        for (var row = 0; row < table.Count; row++)
        {
            // A prompt of one token runs in the decode kernel.
            // Rows that compute in 8 bits too are of kernels that few engines switch on.
            if (table.Text(row, "kv_cache_dtype") != kv || table.Text(row, "attn_dtype") != "bfloat16" || table.Number(row, "isl") < 16) continue;
            double b = table.Number(row, "batch"), length = table.Number(row, "isl");
            var heads = Heads(table, row, kv);
            var bytes = b * length * (heads.Heads * 2 + heads.KvHeads * 2) * heads.KeyDim * 2 + b * length * heads.KvHeads * 2 * heads.KeyDim * heads.KvBytes * 2;
            rows.Add((heads, new PrefillShape(b, b * length, b * length * (length + 1) / 2, 0, length, bytes)));
            measured.Add(table.Number(row, "latency_ms") * 1e-3);
            groups.Add((int)b * 1_000_003 + (int)length);
        }

        var all = rows.ToArray();
        return new FitProblem
        {
            Constants = PrefillAttentionTime.Specs,
            Measured = [.. measured],
            Groups = [.. groups],
            Sizes = [FitProblem.Size("sequences", all.Select(r => r.Shape.Sequences)), FitProblem.Size("keys", all.Select(r => r.Shape.LongestKeys))],
            Predict = (i, c) => PrefillAttentionTime.Seconds(all[i].Shape, all[i].Heads, target, PrefillConstants.From(c), out _, out _),
        };
    }

    /// <summary>Decode: columns kv_cache_dtype, head_dim, num_heads, kv_heads, batch, kv_len, latency_ms.</summary>
    /// <param name="table">The table.</param>
    /// <param name="kv">Rows to take, by the format of the cache: "bfloat16", "fp8".</param>
    /// <param name="device">The device measured.</param>
    /// <param name="largestGroup">Rows with more query heads per KV head are dropped (fallback kernels).</param>
    public static FitProblem Decode(CsvTable table, string kv, Device device, int largestGroup = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(device);
        var target = AttentionDevice.Of(device, kv == "fp8" ? Graphs.Numbers.NumberFormat.Fp8 : Graphs.Numbers.NumberFormat.Bf16);
        var cache = device.MemoryOf(MemoryKind.L2)?.CapacityBytes ?? 0;
        var rows = new List<(AttentionHeads Heads, DecodeShape Shape)>();
        var measured = new List<double>();
        var groups = new List<int>();
        for (var row = 0; row < table.Count; row++)
        {
            if (table.Text(row, "kv_cache_dtype") != kv || table.Number(row, "num_heads") > largestGroup * table.Number(row, "kv_heads")) continue;
            double b = table.Number(row, "batch"), length = table.Number(row, "kv_len");
            var heads = Heads(table, row, kv);
            var bytes = b * length * heads.KvHeads * 2 * heads.KeyDim * heads.KvBytes + b * heads.Heads * 2 * heads.KeyDim * 2;
            rows.Add((heads, new DecodeShape(b, length, bytes)));
            measured.Add(table.Number(row, "latency_ms") * 1e-3);
            groups.Add((int)b * 1_000_003 + (int)length);
        }

        var all = rows.ToArray();
        return new FitProblem
        {
            Constants = DecodeAttentionTime.Specs,
            Free = [.. DecodeAttentionTime.Specs.Select(s => DecodeAttentionTime.Uses(s.Name, target))],
            Measured = [.. measured],
            Groups = [.. groups],
            Sizes = [FitProblem.Size("sequences", all.Select(r => r.Shape.Sequences)), FitProblem.Size("keys", all.Select(r => r.Shape.MeanKeys))],
            Predict = (i, c) => DecodeAttentionTime.Seconds(all[i].Shape, all[i].Heads, target, DecodeConstants.From(c), cache, out _, out _),
        };
    }

    private static AttentionHeads Heads(CsvTable table, int row, string kv) =>
        new(table.Number(row, "num_heads"), table.Number(row, "kv_heads"), table.Number(row, "head_dim"), table.Number(row, "head_dim"), kv == "fp8" ? 1 : 2);
}
