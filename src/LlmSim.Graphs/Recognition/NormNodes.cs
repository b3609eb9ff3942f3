using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>Norms, look-ups and rotations that are nodes of their own.</summary>
internal static class NormNodes
{
    /// <summary>Notes what the node does, if it is one of these.</summary>
    public static bool TryAdd(GraphNode node, DraftBoard board)
    {
        switch (node.OpType)
        {
            case "LayerNormalization": AddNorm(node, board, NormKind.Layer, node.Input(2)); return true;
            case "SimplifiedLayerNormalization" or "RMSNormalization": AddNorm(node, board, NormKind.Rms, null); return true;
            case "SkipLayerNormalization": AddSkipNorm(node, board, NormKind.Layer, 3, 4); return true;
            case "SkipSimplifiedLayerNormalization": AddSkipNorm(node, board, NormKind.Rms, -1, 3); return true;
            case "EmbedLayerNormalization": AddEmbeddings(node, board); return true;
            case "RotaryEmbedding": AddRotary(node, board); return true;
            case "GemmaRotaryEmbedding": AddRotary(node, board); return true;
            default: return AddLookup(node, board);
        }
    }

    private static void AddNorm(GraphNode node, DraftBoard board, NormKind kind, GraphTensor? shift)
    {
        var input = board.Value(node.Inputs[0]!);
        board.Add(Of(board, kind, node, input.Width, scaleSlot: 1, shift), [input], board.Value(node.Outputs[0]!), node);
    }

    private static Norm Of(DraftBoard board, NormKind kind, GraphNode node, double rowWidth, int scaleSlot, GraphTensor? shift)
    {
        var width = Weights.Find(node.Input(scaleSlot)) is { IsScalar: false } scale ? (int)scale.Elements
            : board.Flow.LastDim(node.Inputs[0]!) is var last and > 0 ? last : (int)rowWidth;
        var rows = rowWidth > width && width > 0 ? (int)Math.Round(rowWidth / width) : 1;
        return new Norm(kind, width, rows) { Scale = node.Input(scaleSlot) is not null, Shift = shift is not null };
    }

    // The residual addition is an operator of its own in every recognised model, whether the graph fuses it into the norm or not.
    private static void AddSkipNorm(GraphNode node, DraftBoard board, NormKind kind, int shiftSlot, int biasSlot)
    {
        var inputs = board.Inputs(node);
        var width = inputs.Count > 0 ? inputs[0].Width : 0;
        if (node.Input(biasSlot) is { } bias) inputs = AddBias(node, board, inputs, bias);
        var sum = node.Output(3) is { } kept && board.Flow.IsMain(kept) ? board.Value(kept) : new DraftValue(null, width);
        if (inputs.Count > 1)
        {
            board.Add(ElementWise.Add((int)width), inputs, sum, node);
        }
        else
        {
            // Both inputs are the same activation, or one is a constant.
            board.Add(new ElementWise(ElementWiseKind.Add, width, width, width), inputs, sum, node);
        }

        board.Add(
            Of(board, kind, node, width, 2, shiftSlot > 0 ? node.Input(shiftSlot) : null), [sum], board.Value(node.Outputs[0]!), node);
    }

    // The bias is that of the linear layer before the addition.
    private static List<DraftValue> AddBias(GraphNode node, DraftBoard board, List<DraftValue> inputs, GraphTensor bias)
    {
        var elements = Weights.Find(bias)?.Elements ?? 0;
        foreach (var input in inputs)
        {
            if (input.Producer is not { Spec: Linear { Bias: false } linear } || linear.Outputs != elements) continue;
            input.Producer.Spec = linear with { Bias = true };
            return inputs;
        }

        var biased = new DraftValue(null, elements);
        board.Add(new ElementWise(ElementWiseKind.Add, elements, elements, elements) { WeightElements = elements }, [inputs[^1]], biased, node);
        return [.. inputs.Take(inputs.Count - 1), biased];
    }

    private static void AddEmbeddings(GraphNode node, DraftBoard board)
    {
        DraftValue? sum = null;
        // Tokens, positions, segments.
        for (var slot = 2; slot <= 4; slot++)
        {
            if (Weights.Find(node.Input(slot)) is not { Dims.Length: 2 } table) continue;
            var rows = new DraftValue(null, table.Dims[1]);
            var draft = board.Add(new Embedding((int)table.Dims[0], (int)table.Dims[1], table.Format), [], rows, node);
            draft.Matrix = table.Tensor;
            draft.Role = slot switch { 2 => "embedding", 3 => "position_embedding", _ => "segment_embedding" };
            if (slot == 3) board.PositionRows = table.Dims[0];
            if (sum is null)
            {
                sum = rows;
                continue;
            }

            var total = new DraftValue(null, table.Dims[1]);
            board.Add(ElementWise.Add((int)table.Dims[1]), [sum, rows], total, node).Role = slot == 3 ? "position_add" : "segment_add";
            sum = total;
        }

        if (sum is null) return;
        var norm = new Norm(NormKind.Layer, (int)sum.Width) { Scale = node.Input(5) is not null, Shift = node.Input(6) is not null };
        board.Add(norm, [sum], board.Value(node.Outputs[0]!), node);
        if (node.Output(2) is { } plain && board.Flow.IsMain(plain)) board.Unify(plain, sum);
    }

    private static void AddRotary(GraphNode node, DraftBoard board)
    {
        var input = board.Value(node.Inputs[0]!);
        var output = board.Value(node.Outputs[0]!);
        var microsoft = node.Domain == NodeSets.Microsoft;
        var width = board.Flow.Width(node.Inputs[0]!);
        var tables = Weights.Find(node.Input(microsoft ? 2 : 1));
        var heads = (int)node.Int("num_heads", 0);
        if (heads == 0 && board.Flow.Shape(node.Inputs[0]!) is { Length: 4 } shape) heads = (int)Math.Max(1, shape[1]);
        var half = tables is { Dims.Length: >= 2 } found ? found.Dims[^1] : board.Flow.LastDim(node.Inputs[microsoft ? 2 : 1]!);
        var dims = (int)node.Int("rotary_embedding_dim", 0) is var partial and > 0 ? partial : (int)(2 * half);
        if (heads == 0) heads = dims > 0 ? Math.Max(1, (int)(width / dims)) : 1;
        if (tables is { Dims.Length: 2 } rows) board.PositionRows = Math.Max(board.PositionRows, rows.Dims[0]);
        board.Add(new Rotary(heads, (int)(width / heads), dims), [input], output, node);
    }

    private static bool AddLookup(GraphNode node, DraftBoard board)
    {
        if (!TokenEmbedding.IsLookup(node) || TokenEmbedding.Table(node) is not { Dims.Length: 2 } table) return false;
        var draft = board.Add(Lookup(node, table), [], board.Value(node.Outputs[0]!), node);
        draft.Role = ReferenceEquals(node, board.Flow.Embedding) ? "embedding" : "";
        draft.Matrix = table.Tensor;
        return true;
    }

    /// <summary>The look-up that a node does.</summary>
    public static Embedding Lookup(GraphNode node, in Weight table)
    {
        var format = table.Format;
        if (node.OpType == "GatherBlockQuantized")
        {
            var bits = (int)node.Int("bits", 4);
            var scale = Numbers.NumberFormats.Bits(Weights.Format(node.Input(2)?.ElementType ?? default));
            format = new(LinearNodes.OfBits(bits), (int)node.Int("block_size", 128), scale, node.Input(3) is null ? 0 : bits);
        }

        return new Embedding((int)table.Dims[0], TokenEmbedding.TableWidth(node), format);
    }
}
