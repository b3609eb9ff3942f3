using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Rules;

/// <summary>
/// Counts as the tool of the survey "LLM Inference Unveiled" (arXiv 2402.16363; LLM-Viewer, main of 2024-07-30) did, figure for figure, its oddities
/// included, so that its results can be compared: dense attention, the LM head once whatever the batch, activations of width h behind the MLP's
/// activation, queries counted with the KV heads in an unfused prefill. The standard rules correct all of that.
/// </summary>
public static class LlmViewerRules
{
    internal const string LmHead = "lm_head";

    /// <summary>Answers one setting for a recognised model.</summary>
    /// <param name="model">The model; its layers need attention and a dense feed-forward network.</param>
    /// <param name="setting">Phase, batch, length and bits.</param>
    /// <param name="device">The tool's figures of the device.</param>
    /// <param name="problem">Why the tool cannot describe this model; null on success.</param>
    /// <returns>Null when the tool cannot describe this model.</returns>
    public static LlmViewerResult? Analyse(LanguageModel model, in LlmViewerSetting setting, in LlmViewerDevice device, out string? problem)
    {
        // 8-bit arithmetic needs every operand in 8 bits or fewer.
        var int8 = setting is { WeightBits: <= 8, ActivationBits: <= 8, KvBits: <= 8 };
        var table = new Table(device.BandwidthBytesPerSecond, int8 && device.Int8OpsPerSecond is { } peak ? peak : device.Fp16OpsPerSecond);
        double kvCache = 0, temporary = 0;
        problem = null;
        foreach (var group in model.LayerGroups)
        {
            var layer = LlmViewerLayer.Of(group, model.HiddenSize, out problem);
            if (layer is null) return null;
            var first = table.Rows.Count;
            AddLayer(table, layer, setting, device.OnChipBufferBytes);
            double stored = 0;
            for (var i = first; i < table.Rows.Count; i++) stored += table.Rows[i].StoreActivation;
            temporary = Math.Max(temporary, stored);
            // What a prefill of this length stores: keys and values of every head dimension.
            kvCache += layer.Count * 2.0 * setting.Batch * setting.SequenceLength * layer.KvHeads * layer.HeadDim * setting.KvBytes;
        }

        if (model.VocabularySize > 0)
        {
            double hidden = model.HiddenSize, vocabulary = model.VocabularySize;
            table.Add(
                LmHead, 1, setting.Batch * hidden * vocabulary, weight: hidden * vocabulary * setting.WeightBytes, load: hidden * setting.ActivationBytes,
                store: vocabulary * setting.ActivationBytes);
        }

        return new LlmViewerResult(table.Rows, table.Peak, kvCache, temporary);
    }

    private static void AddLayer(Table table, LlmViewerLayer layer, in LlmViewerSetting setting, double onChipBytes)
    {
        double a = setting.ActivationBytes, rows = setting.Batch * setting.Queries;
        double h = layer.Hidden, queryWidth = layer.Heads * layer.HeadDim, kvWidth = layer.KvHeads * layer.HeadDim;
        var n = layer.Count;
        AddLinear(table, "q_proj", n, h, queryWidth, setting);
        AddLinear(table, "k_proj", n, h, kvWidth, setting, toCache: true);
        AddLinear(table, "v_proj", n, h, kvWidth, setting, toCache: true);
        AddLinear(table, "out_proj", n, queryWidth, h, setting);
        if (layer.HasGateRow) AddLinear(table, "gate_proj", n, h, layer.Intermediate, setting);
        AddLinear(table, "up_proj", n, h, layer.Intermediate, setting);
        AddLinear(table, "down_proj", n, layer.Intermediate, h, setting);
        if (setting.FusedAttention) AddFusedAttention(table, layer, setting, onChipBytes);
        else AddAttention(table, layer, setting);
        table.Add("attn_norm", n, 7 * rows * h, load: rows * h * a, store: rows * h * a);
        if (layer.HasMlpNorm) table.Add("mlp_norm", n, 7 * rows * h, load: rows * h * a, store: rows * h * a);
        table.Add("attn_add", n, rows * h, load: rows * h * a, store: rows * h * a);
        table.Add("mlp_add", n, rows * h, load: rows * h * a, store: rows * h * a);
        table.Add("mlp_act", n, 2 * rows * h, load: 2 * rows * h * a, store: rows * h * a);
    }

    private static void AddLinear(
        Table table, string name, int count, double inputs, double outputs, in LlmViewerSetting setting, bool toCache = false)
    {
        var rows = setting.Batch * setting.Queries;
        table.Add(
            name, count, 2 * inputs * outputs * rows,
            weight: inputs * outputs * setting.WeightBytes,
            load: inputs * rows * setting.ActivationBytes,
            store: toCache ? 0 : outputs * rows * setting.ActivationBytes,
            storeKv: toCache ? outputs * rows * setting.KvBytes : 0);
    }

    private static void AddAttention(Table table, LlmViewerLayer layer, in LlmViewerSetting setting)
    {
        double a = setting.ActivationBytes, s = setting.SequenceLength, rows = setting.Batch * setting.Queries;
        var scores = rows * s * layer.Heads;
        var queryHeads = setting.Phase == Phase.Prefill ? layer.KvHeads : layer.Heads;
        var cached = s * layer.HeadDim * setting.Batch * layer.KvHeads * setting.KvBytes;
        var n = layer.Count;
        table.Add("qk_matmul", n, 2 * scores * layer.HeadDim, load: rows * layer.HeadDim * queryHeads * a, store: scores * a, loadKv: cached);
        table.Add("sv_matmul", n, 2 * scores * layer.HeadDim, load: scores * a, store: rows * layer.HeadDim * layer.Heads * a, loadKv: cached);
        table.Add("softmax", n, 5 * scores, load: scores * a, store: scores * a);
    }

    private static void AddFusedAttention(Table table, LlmViewerLayer layer, in LlmViewerSetting setting, double onChipBytes)
    {
        double a = setting.ActivationBytes, s = setting.SequenceLength, q = setting.Queries, d = layer.HeadDim, heads = layer.Heads, b = setting.Batch;
        var scores = b * q * s * heads;
        var blockRows = Math.Min(Math.Ceiling(onChipBytes / (setting.KvBytes * d)), d);
        var rounds = Math.Ceiling(q / blockRows);
        table.Add(
            "fused_attention", layer.Count, 4 * scores * d + 5 * scores,
            load: q * d * b * heads * a, store: 2 * scores * a, loadKv: rounds * s * d * b * heads * setting.KvBytes * 2);
    }

    /// <summary>Rows under one roofline.</summary>
    private sealed class Table(double bandwidth, double peak)
    {
        public List<LlmViewerRow> Rows { get; } = [];

        public double Peak => peak;

        public void Add(
            string name, int count, double ops, double weight = 0, double load = 0, double store = 0, double loadKv = 0, double storeKv = 0)
        {
            var bytes = weight + load + store + loadKv + storeKv;
            var intensity = ops / bytes;
            var computeBound = intensity >= peak / bandwidth;
            var performance = computeBound ? peak : intensity * bandwidth;
            Rows.Add(new LlmViewerRow(name, count, ops, weight, load, store, loadKv, storeKv, ops / performance, performance, computeBound));
        }
    }
}
