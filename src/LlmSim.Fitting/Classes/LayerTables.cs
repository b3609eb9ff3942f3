using LlmSim.Fitting.Regression;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Classes;

/// <summary>Tables of other simulators, whose rows are layers of a model rather than shapes.</summary>
public static class LayerTables
{
    /// <summary>Linear layers of Vidur's mlp.csv: median milliseconds by tokens and tensor-parallel degree.</summary>
    public static FitProblem Vidur(IReadOnlyList<CsvTable> tables, Device device)
    {
        ArgumentNullException.ThrowIfNull(tables);
        return Gemm([.. tables.SelectMany(VidurRows)], device);
    }

    /// <summary>The products of one mlp.csv with their median times in seconds.</summary>
    internal static List<(GemmShape Shape, double Seconds)> VidurRows(CsvTable table)
    {
        var rows = new List<(GemmShape Shape, double Seconds)>();
        for (var row = 0; row < table.Count; row++)
        {
            double tokens = table.Number(row, "num_tokens"), ranks = table.Number(row, "num_tensor_parallel_workers");
            double hidden = table.Number(row, "n_embd"), inner = table.Number(row, "n_expanded_embd");
            double heads = table.Number(row, "n_head"), kvHeads = table.Number(row, "n_kv_head"), headDim = hidden / heads;
            var gate = table.Text(row, "use_gated_mlp") == "True" ? 2 : 1;
            Add("attn_pre_proj", (heads + 2 * kvHeads) * headDim / ranks, hidden);
            Add("attn_post_proj", hidden, hidden / ranks);
            Add("mlp_up_proj", gate * inner / ranks, hidden);
            Add("mlp_down_proj", hidden, inner / ranks);

            void Add(string layer, double n, double k)
            {
                var seconds = table.Number(row, $"time_stats.{layer}.median") * 1e-3;
                if (tokens > 0 && seconds > 0) rows.Add((new GemmShape(tokens, n, k, 2, 2), seconds));
            }
        }

        return rows;
    }

    /// <summary>Linear layers of LLMServingSim's older layers.csv: nanoseconds by tokens, projections apart.</summary>
    public static FitProblem ServingV0(CsvTable table, ProfiledModel model, Device device)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(model);
        var rows = new List<(GemmShape Shape, double Seconds)>();
        for (var row = 0; row < table.Count; row++)
        {
            (int N, int K)? size = table.Text(row, "layer_name") switch
            {
                "q_proj" => (model.Heads * model.HeadDim, model.Hidden),
                "k_proj" or "v_proj" => (model.KvHeads * model.HeadDim, model.Hidden),
                "o_proj" => (model.Hidden, model.Heads * model.HeadDim),
                "gate_proj" or "up_proj" => (model.Intermediate, model.Hidden),
                "down_proj" => (model.Hidden, model.Intermediate),
                _ => null,
            };
            if (size is { } s) rows.Add((new GemmShape(table.Number(row, "input"), s.N, s.K, 2, 2), table.Number(row, "latency(ns)") * 1e-9));
        }

        return Gemm(rows, device);
    }

    /// <summary>Plain products in 8 bits: columns m, k, n, latency_us.</summary>
    public static FitProblem Products(CsvTable table, Device device)
    {
        ArgumentNullException.ThrowIfNull(table);
        var rows = Enumerable.Range(0, table.Count).Select(row => (
            new GemmShape(table.Number(row, "m"), table.Number(row, "n"), table.Number(row, "k"), 1, 1), table.Number(row, "latency_us") * 1e-6)).ToList();
        return Gemm(rows, device, NumberFormat.Fp8);
    }

    /// <summary>Decode attention by files named heads-kvHeads-headDim(-tpN).csv: columns batch_size, kv_len, latency_us; rows with 16-bit caches.</summary>
    public static FitProblem MultiHeadDecode(IReadOnlyList<string> files, Device device)
    {
        ArgumentNullException.ThrowIfNull(files);
        var target = AttentionDevice.Of(device);
        var rows = new List<(AttentionHeads Heads, DecodeShape Shape, double Seconds)>();
        foreach (var file in files)
        {
            var parts = Path.GetFileNameWithoutExtension(file).Split('-');
            var ranks = parts.Length > 3 && parts[3].StartsWith("tp", StringComparison.Ordinal) ? int.Parse(parts[3][2..], System.Globalization.CultureInfo.InvariantCulture) : 1;
            var sizes = parts.Take(3).Select(p => double.Parse(p, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            var heads = new AttentionHeads(sizes[0] / ranks, Math.Max(1, sizes[1] / ranks), sizes[2], sizes[2], 2);
            var table = CsvTable.Read(file);
            // One published file has lost its header; its columns cannot be told.
            if (!table.Has("kv_len")) continue;
            for (var row = 0; row < table.Count; row++)
            {
                if (table.Text(row, "kv_dtype") != "bf16") continue;
                double b = table.Number(row, "batch_size"), length = table.Number(row, "kv_len");
                var bytes = b * (length * heads.KvHeads * 2 * heads.KeyDim * 2 + heads.Heads * 2 * heads.KeyDim * 2);
                rows.Add((heads, new DecodeShape(b, length, bytes), table.Number(row, "latency_us") * 1e-6));
            }
        }

        var all = rows.ToArray();
        return new FitProblem
        {
            Constants = DecodeAttentionTime.Specs,
            Measured = [.. all.Select(r => r.Seconds)],
            Groups = new int[all.Length],
            Predict = (i, c) => DecodeAttentionTime.Seconds(all[i].Shape, all[i].Heads, target, DecodeConstants.From(c), 0, out _, out _),
        };
    }

    private static FitProblem Gemm(List<(GemmShape Shape, double Seconds)> rows, Device device, NumberFormat format = NumberFormat.Bf16)
    {
        var target = GemmDevices.Of(device, format);
        var all = rows.ToArray();
        return new FitProblem
        {
            Constants = GemmTime.Specs,
            Measured = [.. all.Select(r => r.Seconds)],
            Groups = [.. all.Select(r => (int)r.Shape.N * 7919 + (int)r.Shape.K)],
            Predict = (i, c) => GemmTime.Seconds(all[i].Shape, target, GemmConstants.From(c), 0, out _, out _),
        };
    }
}
