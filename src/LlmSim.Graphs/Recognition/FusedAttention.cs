using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>Attention that is one node: ONNX Runtime's and standard ONNX's operators.</summary>
internal static class FusedAttention
{
    /// <summary>Notes the attention if the node is one.</summary>
    public static bool TryAdd(GraphNode node, DraftBoard board, AttentionOperands operands)
    {
        if (!NodeSets.IsAttention(node)) return false;
        var draft = (node.OpType, node.Domain) switch
        {
            ("GroupQueryAttention" or "SparseAttention" or "PagedAttention", _) => Grouped(node, board),
            ("Attention", "") when node.Attribute("num_heads") is null => Standard(node, board, operands),
            ("Attention" or "QAttention" or "PackedAttention", _) => WithProjection(node, board, operands),
            _ => MultiHead(node, board, operands),
        };
        return draft is not null;
    }

    // Inputs: query (or packed), key, value, past key, past value, lengths, total, cosines, sines, position ids, bias, sinks.
    private static Draft? Grouped(GraphNode node, DraftBoard board)
    {
        int heads = (int)node.Int("num_heads", 0), kvHeads = (int)node.Int("kv_num_heads", 0);
        if (heads <= 0 || kvHeads <= 0 || node.Input(0) is not { } query) return null;
        var packed = node.Input(1) is null;
        var headDim = (int)Math.Round(board.Flow.Width(query) / (packed ? heads + 2 * kvHeads : heads));
        if (headDim <= 0) return null;
        var tables = node.Int("do_rotary", 0) != 0 ? Weights.Find(node.Input(7)) : null;
        if (tables is { Dims.Length: 2 } rows) board.PositionRows = Math.Max(board.PositionRows, rows.Dims[0]);
        var window = node.Int("local_window_size", -1);
        var spec = new Attention(heads, kvHeads, headDim, headDim)
        {
            RotaryDims = node.Int("do_rotary", 0) == 0 ? 0 : tables is { Dims.Length: 2 } table ? (int)(2 * table.Dims[1]) : headDim,
            Window = window is > 0 and < int.MaxValue ? (int)window : null,
            Sinks = Weights.Find(node.Input(11)) is not null,
        };
        return Place(node, board, spec, query, node.Input(1), node.Input(2));
    }

    // Inputs: query, key, value, bias, padding mask, attention bias, past key, past value. The masked decoder kernels lack the bias there.
    private static Draft? MultiHead(GraphNode node, DraftBoard board, AttentionOperands operands)
    {
        var heads = (int)node.Int("num_heads", 0);
        if (heads <= 0 || node.Input(0) is not { } query || !board.Flow.IsMain(query)) return null;
        GraphTensor? key = node.Input(1), value = node.Input(2);
        var packed = key is null && board.Flow.Shape(query) is { Length: 5 };
        var headDim = (int)Math.Round(board.Flow.Width(query) / heads / (packed ? 3 : 1));
        if (headDim <= 0) return null;
        var valueDim = headDim;
        if (value is not null && board.Flow.Shape(value) is { } shape) valueDim = shape.Length == 4 ? (int)shape[^1] : (int)(shape[^1] / heads);
        if (valueDim <= 0) valueDim = headDim;

        var masked = node.OpType.StartsWith("DecoderMasked", StringComparison.Ordinal);
        var cross = key is not null && !board.Flow.IsMain(key);
        var cached = false;
        if (key is not null && !cross) operands.NewWidth(key, out cached);
        var mask = operands.Mask(node.Input(5));
        var causal = masked || cached || node.Int("unidirectional", 0) != 0 || node.Input(6) is not null
            || operands.Mask(node.Input(4)).Causal || mask.Causal;
        var spec = new Attention(heads, heads, headDim, valueDim)
        {
            Causal = causal && !cross,
            Cached = causal && !cross,
            Window = causal && !cross ? mask.Window : null,
        };
        var bias = masked ? 0 : Weights.Find(node.Input(3))?.Elements ?? 0;
        return Place(node, board, spec, query, key, value, bias, cross);
    }

    // Inputs: activations, weights, bias, mask, past, attention bias. The projection is inside.
    private static Draft? WithProjection(GraphNode node, DraftBoard board, AttentionOperands operands)
    {
        var heads = (int)node.Int("num_heads", 0);
        if (heads <= 0 || node.Input(0) is not { } input || !board.Flow.IsMain(input)) return null;
        if (Weights.Find(node.Input(1)) is not { Dims.Length: 2 } matrix) return null;
        int inputs = (int)matrix.Dims[0], outputs = (int)matrix.Dims[1];
        var sizes = node.Ints("qkv_hidden_sizes");
        var queryWidth = sizes is { Count: 3 } ? (int)sizes[0] : outputs / 3;
        var valueWidth = sizes is { Count: 3 } ? (int)sizes[2] : outputs / 3;
        var quantised = node.OpType == "QAttention";
        var qkv = new DraftValue(null, outputs);
        var projection = board.Add(new Linear(inputs, outputs, node.Input(2) is not null, matrix.Format), [board.Value(input)], qkv, node);
        projection.Matrix = matrix.Tensor;
        var causal = node.Int("unidirectional", 0) != 0 || node.Input(quantised ? 8 : 4) is not null
            || operands.Mask(node.Input(quantised ? 5 : 3)).Causal || operands.Mask(node.Input(5)).Causal;
        var headDim = queryWidth / heads;
        var spec = new Attention(heads, heads, headDim, valueWidth / heads)
        {
            Causal = causal,
            Cached = causal,
            RotaryDims = node.Int("do_rotary", 0) == 0 ? 0 : node.Int("rotary_embedding_dim", 0) is var dims and > 0 ? (int)dims : headDim,
        };
        var draft = board.Add(spec, [qkv], board.Value(node.Outputs[0]!), node);
        draft.Operands = [qkv, qkv, qkv];
        return draft;
    }

    // Inputs: query, key, value, mask, past key, past value; heads from the shape [batch, heads, tokens, width] or from attributes.
    private static Draft? Standard(GraphNode node, DraftBoard board, AttentionOperands operands)
    {
        if (node.Input(0) is not { } query || node.Input(1) is not { } key || node.Input(2) is not { } value || !board.Flow.IsMain(query)) return null;
        int heads = (int)node.Int("q_num_heads", 0), kvHeads = (int)node.Int("kv_num_heads", 0);
        if (board.Flow.Shape(query) is { Length: 4 } shape) heads = (int)shape[1];
        if (board.Flow.Shape(key) is { Length: 4 } keys) kvHeads = (int)keys[1];
        if (heads <= 0) return null;
        if (kvHeads <= 0) kvHeads = heads;
        var headDim = (int)Math.Round(board.Flow.Width(query) / heads);
        var valueDim = board.Flow.Shape(value) is { } values ? (int)(values.Length == 4 ? values[^1] : values[^1] / kvHeads) : headDim;
        if (headDim <= 0) return null;
        var cross = !board.Flow.IsMain(key);
        var cached = false;
        if (!cross) operands.NewWidth(key, out cached);
        var mask = operands.Mask(node.Input(3));
        var causal = cached || node.Int("is_causal", 0) != 0 || node.Input(4) is not null || mask.Causal;
        var spec = new Attention(heads, kvHeads, headDim, valueDim > 0 ? valueDim : headDim)
        {
            Causal = causal && !cross,
            Cached = causal && !cross,
            Window = causal && !cross ? mask.Window : null,
        };
        return Place(node, board, spec, query, key, value, 0, cross);
    }

    private static Draft Place(
        GraphNode node, DraftBoard board, Attention spec, GraphTensor query, GraphTensor? key, GraphTensor? value, double biasElements = 0, bool cross = false)
    {
        var q = board.Value(query);
        if (biasElements > 0)
        {
            var biased = new DraftValue(null, q.Width);
            var add = new ElementWise(ElementWiseKind.Other, biasElements, biasElements, biasElements) { WeightElements = biasElements };
            board.Add(add, [q], biased, node).Role = "qkv_bias";
            q = biased;
        }

        var k = key is not null && board.Flow.IsMain(key) ? board.Value(key) : q;
        var v = value is not null && board.Flow.IsMain(value) ? board.Value(value) : k;
        var draft = board.Add(spec, [q, k, v], board.Value(node.Outputs[0]!), node);
        draft.Operands = [q, k, v];
        draft.IsCross = cross;
        return draft;
    }
}
