using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Counting;

/// <summary>Weights of a graph, as numbers that were trained and as bytes that are stored.</summary>
/// <param name="Parameters">
/// Trained numbers: packed ones unpacked; without group scales and zero points, tables of rotation angles, and integer constants. A weight
/// that the file stores twice, such as the LM head of a tied model, counts twice; one that is read twice counts once.
/// </param>
/// <param name="StoredElements">Elements of all initializers as stored: packed, with scales, tables and constants.</param>
/// <param name="StoredBytes">Their bytes.</param>
public readonly record struct ParameterCounting(double Parameters, double StoredElements, double StoredBytes)
{
    /// <summary>Counts the main graph's initializers and those of its subgraphs.</summary>
    public static ParameterCounting Of(Graph graph)
    {
        double parameters = 0, elements = 0, bytes = 0;
        foreach (var tensor in graph.Initializers)
        {
            var count = 1.0;
            foreach (var dim in tensor.Constant!.Dimensions) count *= dim;
            bytes += Math.Ceiling(count * tensor.ElementType.Bits() / 8.0);
            elements += count;
            if (tensor.ElementType is OnnxElementType.Int64 or OnnxElementType.Int32 or OnnxElementType.Bool or OnnxElementType.Text) continue;
            parameters += count * Trained(tensor);
        }

        foreach (var node in graph.Nodes)
        {
            foreach (var (_, subgraph) in node.Subgraphs)
            {
                var inner = Of(subgraph);
                (parameters, elements, bytes) = (parameters + inner.Parameters, elements + inner.StoredElements, bytes + inner.StoredBytes);
            }
        }

        return new ParameterCounting(parameters, elements, bytes);
    }

    /// <summary>Trained numbers per stored element, by the place where the tensor is read.</summary>
    private static double Trained(GraphTensor tensor)
    {
        if (tensor.Uses.Count == 0) return 1;
        var (node, slot) = tensor.Uses[0];
        switch (node.OpType)
        {
            // Scales, zero points, group indices.
            case "MatMulNBits" when slot is 2 or 3 or 4: return 0;
            case "MatMulNBits" when slot == 1: return Unpacked(node, tensor);
            case "QMoE" when slot is 3 or 6 or 9 or > 10: return 0;
            case "QMoE" when slot is 2 or 5 or 8: return tensor.ElementType.Bits() / (double)Math.Max(1, node.Int("expert_weight_bits", 4));
            case "GatherBlockQuantized" when slot > 1: return 0;
            case "GatherBlockQuantized" when slot == 0 && tensor.ElementType.Bits() == 8: return 8.0 / Math.Max(1, node.Int("bits", 4));
            case "DequantizeLinear" or "QuantizeLinear" when slot > 0: return 0;

            // Cosines and sines of the positions are computed, not trained.
            case "GroupQueryAttention" when slot is 7 or 8: return 0;
            case "RotaryEmbedding" when node.Domain.Length > 0 ? slot is 2 or 3 : slot is 1 or 2: return 0;
            default: return 1;
        }
    }

    /// <summary>[N, groups, bytes] holds N·K numbers; what fills up the last group does not count.</summary>
    private static double Unpacked(GraphNode node, GraphTensor tensor)
    {
        var stored = 1.0;
        foreach (var dim in tensor.Constant!.Dimensions) stored *= dim;
        return stored > 0 ? node.Int("N", 0) * (double)node.Int("K", 0) / stored : 0;
    }
}
