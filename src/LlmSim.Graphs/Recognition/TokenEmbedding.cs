using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Recognition;

/// <summary>Finds the node that turns token ids into activations.</summary>
internal static class TokenEmbedding
{
    /// <summary>
    /// Among the look-ups in constant tables, the one with the widest rows (rotation tables are narrow), then one whose indices are an input as it
    /// comes (positions are usually computed, or named so), then the longest table.
    /// </summary>
    public static GraphNode? Find(Graph graph)
    {
        GraphNode? best = null;
        var bestDirect = false;
        double bestWidth = 0, bestRows = 0;
        foreach (var node in graph.Nodes)
        {
            if (!IsLookup(node) || Table(node) is not { } table || table.Dims.Length != 2) continue;
            double width = TableWidth(node), rows = table.Dims[0];
            var direct = IsTokenInput(Indices(node));
            var better = width != bestWidth ? width > bestWidth : direct != bestDirect ? direct : rows > bestRows;
            if (best is not null && !better) continue;
            best = node;
            (bestWidth, bestDirect, bestRows) = (width, direct, rows);
        }

        return bestWidth > 1 ? best : null;
    }

    /// <summary>Whether a node reads rows of a table.</summary>
    public static bool IsLookup(GraphNode node) => node.OpType is "Gather" or "GatherBlockQuantized" or "EmbedLayerNormalization";

    /// <summary>The table; null when it is not constant.</summary>
    public static Weight? Table(GraphNode node) => node.OpType == "EmbedLayerNormalization" ? Weights.Find(node.Input(2))
        : node.Int("axis", 0) == 0 && Indices(node) is { IsConstant: false } ? Weights.Find(node.Input(0)) : null;

    /// <summary>Elements of a row; 0 when unknown.</summary>
    public static int TableWidth(GraphNode node)
    {
        if (Table(node) is not { Dims.Length: 2 } table) return 0;
        var packed = node.OpType == "GatherBlockQuantized" && table.Tensor.ElementType == OnnxElementType.UInt8;
        return (int)(packed ? table.Dims[1] * 8 / node.Int("bits", 4) : table.Dims[1]);
    }

    private static GraphTensor? Indices(GraphNode node) => node.OpType == "EmbedLayerNormalization" ? node.Input(0) : node.Input(1);

    private static bool IsTokenInput(GraphTensor? indices)
    {
        for (var steps = 0; indices is { IsGraphInput: false, Producer: { } producer } && steps < 8; steps++)
        {
            if (!NodeSets.IsView(producer)) return false;
            indices = producer.Input(0);
        }

        return indices is { IsGraphInput: true } && !indices.Name.Contains("pos", StringComparison.OrdinalIgnoreCase)
            && !indices.Name.Contains("segment", StringComparison.OrdinalIgnoreCase) && !indices.Name.Contains("type", StringComparison.OrdinalIgnoreCase);
    }
}
