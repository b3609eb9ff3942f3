using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Counting;

/// <summary>Multiply-accumulates of one node (1 = 2 FLOPs).</summary>
/// <param name="Linear">Of products with weights or between activations, attention's own excepted.</param>
/// <param name="Attention">Of QKᵀ and of the product with V inside fused attention, every query with every key.</param>
/// <param name="CausalAttention">The same for the pairs that the operator's causal mask and window leave.</param>
public readonly record struct MacCount(double Linear, double Attention, double CausalAttention)
{
    /// <summary>All, attention dense.</summary>
    public double Total => Linear + Attention;

    /// <summary>The sum.</summary>
    public static MacCount operator +(MacCount a, MacCount b) => new(a.Linear + b.Linear, a.Attention + b.Attention, a.CausalAttention + b.CausalAttention);

    /// <inheritdoc cref="op_Addition"/>
    public static MacCount Add(MacCount left, MacCount right) => left + right;
}

/// <summary>
/// The operators that multiply and accumulate. An operator that is not here does none. A shape that the binding leaves open makes NaN.
/// To add an operator: one line in the switch.
/// </summary>
internal static class NodeMacs
{
    public static MacCount Of(GraphNode node, BoundGraph bound)
    {
        var s = new Sizes(node, bound);
        return node.OpType switch
        {
            "MatMul" or "MatMulInteger" or "MatMulIntegerToFloat" or "DynamicQuantizeMatMul" or "QLinearMatMul" => Linear(s.OutElements * s.In(0, -1)),
            "FusedMatMul" or "TransposeMatMul" => Linear(s.OutElements * s.In(0, node.Int("transA", 0) != 0 ? -2 : -1)),
            "Gemm" or "FusedGemm" or "QGemm" => Linear(s.OutElements * s.In(0, node.Int("transA", 0) != 0 ? 0 : 1)),
            "MatMulNBits" or "MatMulBnb4" => Linear(s.OutElements * node.Int("K", -1)),
            "Conv" or "ConvInteger" or "FusedConv" => Linear(s.OutElements * s.InElements(1) / s.In(1, 0)),
            "QLinearConv" => Linear(s.OutElements * s.InElements(3) / s.In(3, 0)),
            "CausalConvWithState" => Linear(s.OutElements * s.In(1, -1)),
            "Einsum" => Linear(EinsumProduct(node, s)),
            "Attention" when node.Domain.Length == 0 => StandardAttention(node, s),
            "Attention" or "QAttention" or "DecoderMaskedSelfAttention" => PackedWeightsAttention(node, s),
            "MultiHeadAttention" or "DecoderMaskedMultiHeadAttention" => MultiHeadAttention(node, s),
            "GroupQueryAttention" or "SparseAttention" => GroupQueryAttention(node, s),
            "LinearAttention" => Linear(LinearAttention(node, s)),
            "MoE" => Linear(Experts(node, s, weightBits: 0)),
            "QMoE" => Linear(Experts(node, s, (int)node.Int("expert_weight_bits", 4))),
            _ => default,
        };
    }

    /// <summary>Pairs of a query and a key it may see: each new token sees what was there, itself, and the new ones before it.</summary>
    /// <param name="queries">New tokens.</param>
    /// <param name="past">Tokens before them.</param>
    /// <param name="window">Keys that one query sees at most; 0 for all.</param>
    public static double CausalPairs(double queries, double past, double window)
    {
        if (window <= 0 || past + queries <= window) return (queries * past) + (queries * (queries + 1) / 2);

        // The first queries, whose context is still below the window, see all of it.
        var below = Math.Max(0, Math.Min(queries, window - past));
        return (below * past) + (below * (below + 1) / 2) + ((queries - below) * window);
    }

    private static MacCount Linear(double macs) => new(macs, 0, 0);

    private static MacCount Attention(double perPair, double queries, double past, double total, bool causal, double window, double linear = 0) =>
        new(linear, perPair * queries * total, perPair * (causal ? CausalPairs(queries, past, window) : queries * total));

    private static MacCount PackedWeightsAttention(GraphNode node, Sizes s)
    {
        var (queries, pastSlot) = (s.In(0, 1), node.OpType is "QAttention" ? 8 : 4);
        var past = node.Input(pastSlot) is null ? 0 : s.In(pastSlot, 3);
        var listed = node.Ints("qkv_hidden_sizes");
        var (keys, values) = listed is { Count: 3 } ? (listed[1], listed[2]) : (s.In(1, 1) / 3, s.In(1, 1) / 3);
        var projection = s.In(0, 0) * queries * s.In(0, 2) * s.In(1, 1);
        return Attention(s.In(0, 0) * (keys + values), queries, past, past + queries, node.Int("unidirectional", 0) != 0, 0, projection);
    }

    private static MacCount MultiHeadAttention(GraphNode node, Sizes s)
    {
        var masked = node.OpType is "DecoderMaskedMultiHeadAttention";
        var heads = (double)node.Int("num_heads", 0);
        var pastSlot = masked ? 5 : 6;
        var past = node.Input(pastSlot) is null ? 0 : s.In(pastSlot, 2);
        var queries = s.In(0, 1);
        var keyRank = s.Rank(1);
        var added = keyRank < 0 ? queries : keyRank == 4 ? s.In(1, 2) : s.In(1, 1);
        var size = s.Rank(0) == 5 ? s.In(0, 4) : s.In(0, 2) / heads;
        var values = s.Out(0, -1) / heads;
        var shared = masked && node.Int("past_present_share_buffer", 0) != 0;
        var total = keyRank == 4 ? added : shared ? past : past + added;
        return Attention(s.In(0, 0) * heads * (size + values), queries, past, total, node.Int("unidirectional", 0) != 0, 0);
    }

    private static MacCount GroupQueryAttention(GraphNode node, Sizes s)
    {
        var heads = (double)node.Int("num_heads", 0);
        var size = node.Input(1) is null ? s.In(0, 2) / (heads + (2 * node.Int("kv_num_heads", 0))) : s.In(0, 2) / heads;
        var past = node.Input(3) is null ? 0 : s.In(3, 2);
        var queries = s.In(0, 1);
        var window = Math.Max(0, node.Int("local_window_size", -1));
        return Attention(s.In(0, 0) * heads * 2 * size, queries, past, past + queries, causal: true, window);
    }

    private static MacCount StandardAttention(GraphNode node, Sizes s)
    {
        var wide = s.Rank(0) == 4;
        var heads = wide ? s.In(0, 1) : node.Int("q_num_heads", 0);
        var kvHeads = wide ? s.In(1, 1) : node.Int("kv_num_heads", 0);
        var (queries, added) = wide ? (s.In(0, 2), s.In(1, 2)) : (s.In(0, 1), s.In(1, 1));
        var (size, values) = wide ? (s.In(1, 3), s.In(2, 3)) : (s.In(1, 2) / kvHeads, s.In(2, 2) / kvHeads);
        var past = node.Input(4) is null ? 0 : s.In(4, 2);
        return Attention(s.In(0, 0) * heads * (size + values), queries, past, past + added, node.Int("is_causal", 0) != 0, 0);
    }

    /// <summary>
    /// Per token and head: the state is updated (key times value) and read (query times state); the delta rules read it once more, with the key.
    /// </summary>
    private static double LinearAttention(GraphNode node, Sizes s)
    {
        var heads = Math.Max(1, node.Int("kv_num_heads", 1));
        var perState = s.In(1, 2) / heads * (s.In(2, 2) / heads);
        var reads = node.Text("update_rule", "gated_delta").EndsWith("delta", StringComparison.Ordinal) ? 2 : 1;
        return s.In(0, 0) * s.In(0, 1) * perState * (heads + Math.Max(heads, node.Int("q_num_heads", heads)) + ((reads - 1) * heads));
    }

    /// <summary>Rows times experts per row times the weights of one expert, which are [experts, …] and may be packed.</summary>
    private static double Experts(GraphNode node, Sizes s, int weightBits)
    {
        var weights = 0.0;
        ReadOnlySpan<int> slots = weightBits > 0 ? [2, 5, 8] : [2, 4, 6];
        foreach (var slot in slots)
        {
            if (node.Input(slot) is not { } tensor) continue;
            var packing = weightBits > 0 ? tensor.ElementType.Bits() / (double)weightBits : 1;
            weights += s.InElements(slot) / s.In(slot, 0) * packing;
        }

        return s.InElements(0) / s.In(0, -1) * node.Int("k", 1) * weights;
    }

    /// <summary>Every combination of the equation's letters is one product; with one operand nothing is multiplied.</summary>
    private static double EinsumProduct(GraphNode node, Sizes s)
    {
        var equation = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        var terms = equation.Split("->")[0].Split(',');
        if (terms.Length < 2 || terms.Length != node.Inputs.Count) return 0;
        var sizes = new Dictionary<char, double>();
        for (var slot = 0; slot < terms.Length; slot++)
        {
            if (terms[slot].Contains('.', StringComparison.Ordinal) || terms[slot].Length != s.Rank(slot)) return double.NaN;
            for (var i = 0; i < terms[slot].Length; i++) sizes[terms[slot][i]] = Math.Max(sizes.GetValueOrDefault(terms[slot][i]), s.In(slot, i));
        }

        var product = 1.0;
        foreach (var size in sizes.Values) product *= size;
        return product;
    }

    /// <summary>Concrete sizes of a node's tensors; NaN for what is open, −1 for the rank of what is absent.</summary>
    private readonly struct Sizes(GraphNode node, BoundGraph bound)
    {
        public double OutElements => node.Output(0) is { } tensor ? bound.ElementsOf(tensor) ?? double.NaN : double.NaN;

        public double InElements(int slot) => node.Input(slot) is { } tensor ? bound.ElementsOf(tensor) ?? double.NaN : double.NaN;

        public int Rank(int slot) => node.Input(slot)?.Shape?.Rank ?? -1;

        public double In(int slot, int axis) => At(node.Input(slot), axis);

        public double Out(int slot, int axis) => At(node.Output(slot), axis);

        private double At(GraphTensor? tensor, int axis)
        {
            if (tensor is null || bound.ShapeOf(tensor) is not { } shape) return double.NaN;
            if (axis < 0) axis += shape.Length;
            return axis >= 0 && axis < shape.Length && shape[axis] >= 0 ? shape[axis] : double.NaN;
        }
    }
}
