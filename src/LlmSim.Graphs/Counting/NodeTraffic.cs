using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Counting;

/// <summary>Bytes that one node reads and writes when it runs alone, as exported: nothing fused, nothing kept in a cache.</summary>
/// <param name="Weights">Bytes of initializers read.</param>
/// <param name="Read">Bytes of other values read.</param>
/// <param name="Written">Bytes written.</param>
public readonly record struct TrafficCount(double Weights, double Read, double Written)
{
    /// <summary>All bytes.</summary>
    public double Total => Weights + Read + Written;
}

/// <summary>What operators touch of their tensors. One that is not named reads all of its inputs and writes all of its outputs.</summary>
internal static class NodeTraffic
{
    public static TrafficCount Of(GraphNode node, BoundGraph bound)
    {
        switch (node.OpType)
        {
            // Another view of the same bytes, or only the sizes of a tensor.
            case "Reshape" or "Squeeze" or "Unsqueeze" or "Identity" or "Flatten" or "Shape" or "Size":
                return default;

            // The rows or parts that come out, never the whole table; and the indices.
            case "Gather" or "GatherElements" or "GatherND" or "GatherBlockQuantized" or "Slice" or "Expand":
                return Selected(node, bound);

            case "MoE" or "QMoE":
                return Experts(node, bound);
        }

        double weights = 0, read = 0, written = 0;
        foreach (var input in node.Inputs)
        {
            if (input is null) continue;
            if (input.IsConstant) weights += Bytes(input, bound);
            else read += Bytes(input, bound);
        }

        for (var slot = 0; slot < node.Outputs.Count; slot++)
        {
            if (node.Outputs[slot] is { } output) written += Bytes(output, bound) * NewShare(node, slot, bound);
        }

        return new TrafficCount(weights, read, written);
    }

    /// <summary>Bytes of a tensor; NaN when its size or its type is open.</summary>
    public static double Bytes(GraphTensor tensor, BoundGraph bound)
    {
        var bits = tensor.ElementType.Bits();
        return bits == 0 ? double.NaN : Math.Ceiling((bound.ElementsOf(tensor) ?? double.NaN) * bits / 8);
    }

    /// <summary>A cache kept in one buffer, which shows in equal sizes before and after, gets only the new tokens written.</summary>
    private static double NewShare(GraphNode node, int slot, BoundGraph bound)
    {
        if (node.OpType is not ("GroupQueryAttention" or "DecoderMaskedMultiHeadAttention") || slot is not (1 or 2)) return 1;
        var past = node.Input(node.OpType is "GroupQueryAttention" ? slot + 2 : slot + 4);
        if (past is null || bound.ShapeOf(past) is not { Length: 4 } before || bound.ShapeOf(node.Outputs[slot]!) is not { Length: 4 } after) return 1;
        return before[2] == after[2] && before[2] > 0 && node.Input(0) is { } query && bound.ShapeOf(query) is { Length: > 1 } q ? q[1] / (double)after[2] : 1;
    }

    private static TrafficCount Selected(GraphNode node, BoundGraph bound)
    {
        if (node.Output(0) is not { } output || node.Input(0) is not { } table) return default;
        var written = Bytes(output, bound);
        var fetched = written;
        if (node.OpType is "GatherBlockQuantized")
        {
            // The row in the table's packing, with its scales.
            fetched = Bytes(table, bound) / (bound.ElementsOf(table) ?? double.NaN) * (bound.ElementsOf(output) ?? double.NaN)
                * (table.Shape?.Last.IsConstant == true && output.Shape?.Last.IsConstant == true ? table.Shape.Last.Constant / (double)output.Shape.Last.Constant : 1);
        }

        double weights = 0, read = 0;
        if (table.IsConstant) weights += fetched;
        else read += fetched;
        for (var slot = 1; slot < node.Inputs.Count; slot++)
        {
            if (node.Input(slot) is not { } index) continue;
            if (!index.IsConstant) read += Bytes(index, bound);
        }

        return new TrafficCount(weights, read, written);
    }

    /// <summary>Weights of the experts that rows can hit at most: every row k different ones.</summary>
    private static TrafficCount Experts(GraphNode node, BoundGraph bound)
    {
        double weights = 0, read = 0;
        foreach (var input in node.Inputs)
        {
            if (input is null) continue;
            if (!input.IsConstant)
            {
                read += Bytes(input, bound);
                continue;
            }

            var rows = node.Input(0) is { } x && bound.ShapeOf(x) is { Length: > 0 } shape ? (bound.ElementsOf(x) ?? double.NaN) / shape[^1] : double.NaN;
            var experts = input.Shape is { Rank: > 0 } dims && dims[0].IsConstant ? dims[0].Constant : 1;
            weights += Bytes(input, bound) * Math.Min(1, rows * node.Int("k", 1) / experts);
        }

        return new TrafficCount(weights, read, node.Output(0) is { } output ? Bytes(output, bound) : 0);
    }
}
