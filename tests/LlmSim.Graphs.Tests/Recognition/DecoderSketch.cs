using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>A small decoder whose parts can be spelt in different ways.</summary>
internal sealed class DecoderSketch
{
    public const int Hidden = 32, Heads = 4, KvHeads = 2, HeadDim = 8, Intermediate = 48, Vocabulary = 60, Layers = 3, Experts = 4;

    private bool _positions;

    public Sketch Graph { get; } = new();

    public Func<DecoderSketch, string, string> Norm { get; init; } = RmsNode;

    public Func<DecoderSketch, string, string> FeedForward { get; init; } = SwigluApart;

    public Func<DecoderSketch, string, int, string> Attention { get; init; } = AttentionSpelt;

    public OnnxModel Model()
    {
        Graph.Input("input_ids", OnnxElementType.Int64, "batch", "seq");
        Graph.Output("logits", "batch", "seq", Vocabulary);
        var x = Graph.Node("Gather", [Graph.Weight(Vocabulary, Hidden), "input_ids"]);
        for (var i = 0; i < Layers; i++)
        {
            x = Graph.Node("Add", [x, Attention(this, Norm(this, x), i)]);
            x = Graph.Node("Add", [x, FeedForward(this, Norm(this, x))]);
        }

        Graph.NodeAs("logits", "MatMul", [Norm(this, x), Graph.Weight(Hidden, Vocabulary)]);
        return Graph.Model();
    }

    public string Linear(string x, int inputs, int outputs) => Graph.Node("MatMul", [x, Graph.Weight(inputs, outputs)]);

    // ---- norms ----
    public static string RmsNode(DecoderSketch d, string x) => d.Graph.Node("SimplifiedLayerNormalization", [x, d.Graph.Weight(Hidden)], "axis", -1, "epsilon", 1e-5f);

    public static string RmsReciprocal(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var f = g.Node("Cast", [x], "to", 1);
        var mean = g.Node("ReduceMean", [g.Node("Pow", [f, g.Number(2)])], "axes", new long[] { -1 }, "keepdims", 1);
        var r = g.Node("Reciprocal", [g.Node("Sqrt", [g.Node("Add", [mean, g.Number(1e-5f)])])]);
        return g.Node("Mul", [g.Node("Cast", [g.Node("Mul", [f, r])], "to", 1), g.Weight(Hidden)]);
    }

    public static string RmsDivision(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var mean = g.Node("ReduceMean", [g.Node("Mul", [x, x])], "axes", new long[] { -1 }, "keepdims", 1);
        var root = g.Node("Sqrt", [g.Node("Add", [mean, g.Number(1e-5f)])]);
        return g.Node("Mul", [g.Weight(Hidden), g.Node("Div", [x, root])]);
    }

    public static string RmsGemma(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var mean = g.Node("ReduceMean", [g.Node("Pow", [x, g.Number(2)])], "axes", new long[] { -1 }, "keepdims", 1);
        var n = g.Node("Mul", [x, g.Node("Pow", [g.Node("Add", [mean, g.Number(1e-5f)]), g.Number(-0.5f)])]);
        return g.Node("Mul", [n, g.Node("Add", [g.Weight(Hidden), g.Number(1)])]);
    }

    public static string LayerNode(DecoderSketch d, string x) => d.Graph.Node("LayerNormalization", [x, d.Graph.Weight(Hidden), d.Graph.Weight(Hidden)], "axis", -1);

    public static string LayerSpelt(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var c = g.Node("Sub", [x, g.Node("ReduceMean", [x], "axes", new long[] { -1 })]);
        var variance = g.Node("ReduceMean", [g.Node("Pow", [c, g.Number(2)])], "axes", new long[] { -1 });
        var n = g.Node("Div", [c, g.Node("Sqrt", [g.Node("Add", [variance, g.Number(1e-5f)])])]);
        return g.Node("Add", [g.Node("Mul", [n, g.Weight(Hidden)]), g.Weight(Hidden)]);
    }

    public static string LayerTensorFlow(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var mean = g.Node("ReduceMean", [x], "axes", new long[] { -1 });
        var off = g.Node("Sub", [x, mean]);
        var variance = g.Node("ReduceMean", [g.Node("Mul", [off, off])], "axes", new long[] { -1 });
        var r = g.Node("Reciprocal", [g.Node("Sqrt", [g.Node("Add", [variance, g.Number(1e-5f)])])]);
        var scale = g.Node("Mul", [r, g.Weight(Hidden)]);
        return g.Node("Add", [g.Node("Mul", [x, scale]), g.Node("Sub", [g.Weight(Hidden), g.Node("Mul", [mean, scale])])]);
    }

    // ---- feed-forward networks ----
    public static string SwigluApart(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var gate = d.Linear(x, Hidden, Intermediate);
        var up = d.Linear(x, Hidden, Intermediate);
        return d.Linear(g.Node("Mul", [g.Node("Mul", [gate, g.Node("Sigmoid", [gate])]), up]), Intermediate, Hidden);
    }

    public static string SwigluPacked(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var parts = g.Nodes("Split", 2, [d.Linear(x, Hidden, 2 * Intermediate)], "axis", -1);
        return d.Linear(g.Node("Mul", [parts[1], g.Node("Mul", [g.Node("Sigmoid", [parts[0]]), parts[0]])]), Intermediate, Hidden);
    }

    public static string SwigluSliced(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var both = d.Linear(x, Hidden, 2 * Intermediate);
        var gate = g.Node("Slice", [both, g.Ints(0), g.Ints(Intermediate), g.Ints(2)]);
        var up = g.Node("Slice", [both, g.Ints(Intermediate), g.Ints(2 * Intermediate), g.Ints(2)]);
        return d.Linear(g.Node("Mul", [g.Node("Mul", [gate, g.Node("Sigmoid", [gate])]), up]), Intermediate, Hidden);
    }

    /// <summary>Experts as tracing spells them: every expert's matrices over rows it is given, results scattered and added.</summary>
    public static string ExpertsTraced(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var flat = g.Node("Reshape", [x, g.Ints(-1, Hidden)]);
        var top = g.Nodes("TopK", 2, [g.Node("Softmax", [d.Linear(flat, Hidden, Experts)], "axis", -1), g.Ints(2)], "axis", -1);
        var weights = g.Node("Div", [top[0], g.Node("ReduceSum", [top[0], g.Ints(-1)], "keepdims", 1)]);
        string? sum = null;
        for (var e = 0; e < Experts; e++)
        {
            var rows = g.Node("Gather", [flat, g.Ints(e, e + 1)], "axis", 0);
            var y = SwigluApart(d, rows);
            y = g.Node("Mul", [y, g.Node("Gather", [g.Node("Slice", [weights, g.Ints(0), g.Ints(1), g.Ints(1)]), g.Ints(e, e + 1)], "axis", 0)]);
            var empty = sum ?? g.Node("ConstantOfShape", [g.Node("Shape", [flat])]);
            sum = g.Node("Add", [empty, g.Node("ScatterND", [g.Node("ConstantOfShape", [g.Node("Shape", [flat])]), g.Node("Unsqueeze", [g.Ints(e, e + 1), g.Ints(1)]), y])]);
        }

        return g.Node("Reshape", [sum!, g.Node("Shape", [x])]);
    }

    /// <summary>The same beside a network that every token runs through.</summary>
    public static string ExpertsTracedAndShared(DecoderSketch d, string x) => d.Graph.Node("Add", [ExpertsTraced(d, x), SwigluApart(d, x)]);

    /// <summary>All experts in batched products, as unrolled exports of packed weights write them.</summary>
    public static string ExpertsBatched(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var flat = g.Node("Reshape", [x, g.Ints(-1, Hidden)]);
        var logits = d.Linear(flat, Hidden, Experts);
        var top = g.Nodes("TopK", 2, [g.Node("Softmax", [logits], "axis", -1), g.Ints(2)], "axis", -1);
        var scores = g.Node("ScatterElements", [g.Node("ConstantOfShape", [g.Node("Shape", [logits])]), top[1], top[0]], "axis", 1);
        var each = g.Node("Expand", [g.Node("Unsqueeze", [flat, g.Ints(0)]), g.Ints(Experts, 1, 1)]);
        var gate = g.Node("MatMul", [each, g.Weight(Experts, Hidden, Intermediate)]);
        var up = g.Node("MatMul", [each, g.Weight(Experts, Hidden, Intermediate)]);
        var inner = g.Node("Mul", [g.Node("Mul", [gate, g.Node("Sigmoid", [gate])]), up]);
        var results = g.Node("MatMul", [inner, g.Weight(Experts, Intermediate, Hidden)]);
        var weighted = g.Node("Mul", [results, g.Node("Unsqueeze", [g.Node("Transpose", [scores], "perm", new long[] { 1, 0 }), g.Ints(2)])]);
        return g.Node("Reshape", [g.Node("ReduceSum", [weighted, g.Ints(0)], "keepdims", 0), g.Node("Shape", [x])]);
    }

    /// <summary>Experts as one node.</summary>
    public static string ExpertsNode(DecoderSketch d, string x)
    {
        var g = d.Graph;
        var scores = g.Node("Reshape", [d.Linear(x, Hidden, Experts), g.Ints(-1, Experts)]);
        return g.Node(
            "com.microsoft:MoE",
            [x, scores, g.Weight(Experts, Intermediate, Hidden), "", g.Weight(Experts, Hidden, Intermediate), "", g.Weight(Experts, Intermediate, Hidden)],
            "k", 2, "activation_type", "silu");
    }

    public static string ExpertsNodeAndShared(DecoderSketch d, string x) => d.Graph.Node("Add", [ExpertsNode(d, x), SwigluApart(d, x)]);

    public static string Mlp(DecoderSketch d, string x, Func<Sketch, string, string> activation) => d.Linear(activation(d.Graph, d.Linear(x, Hidden, Intermediate)), Intermediate, Hidden);

    public static string GeluErf(Sketch g, string x)
    {
        var e = g.Node("Add", [g.Node("Erf", [g.Node("Div", [x, g.Number(1.4142135f)])]), g.Number(1)]);
        return g.Node("Mul", [g.Node("Mul", [x, e]), g.Number(0.5f)]);
    }

    public static string GeluErfHalfFirst(Sketch g, string x)
    {
        var e = g.Node("Add", [g.Node("Erf", [g.Node("Mul", [x, g.Number(0.70710678f)])]), g.Number(1)]);
        return g.Node("Mul", [g.Node("Mul", [x, g.Number(0.5f)]), e]);
    }

    public static string GeluTanh(Sketch g, string x)
    {
        var cube = g.Node("Mul", [g.Node("Pow", [x, g.Number(3)]), g.Number(0.044715f)]);
        var t = g.Node("Tanh", [g.Node("Mul", [g.Node("Add", [x, cube]), g.Number(0.79788456f)])]);
        return g.Node("Mul", [g.Node("Mul", [x, g.Number(0.5f)]), g.Node("Add", [t, g.Number(1)])]);
    }

    public static string GeluTanhProducts(Sketch g, string x)
    {
        var cube = g.Node("Mul", [g.Node("Mul", [g.Node("Mul", [x, x]), x]), g.Number(0.044715f)]);
        var t = g.Node("Tanh", [g.Node("Mul", [g.Number(0.79788456f), g.Node("Add", [cube, x])])]);
        return g.Node("Mul", [g.Node("Mul", [g.Number(0.5f), x]), g.Node("Add", [g.Number(1), t])]);
    }

    public static string GeluNode(Sketch g, string x) => g.Node("com.microsoft:Gelu", [x]);

    public static string FastGeluNode(Sketch g, string x) => g.Node("com.microsoft:FastGelu", [x]);

    // ---- attention ----
    public static string AttentionNode(DecoderSketch d, string x, int layer)
    {
        var g = d.Graph;
        var width = Heads * HeadDim;
        var (past, present) = Cache(g, layer);
        if (layer == 0)
        {
            g.Input("lengths", OnnxElementType.Int32, "batch", 1);
            g.Input("total", OnnxElementType.Int32, 1);
        }

        var qkv = d.Linear(x, Hidden, width + 2 * KvHeads * HeadDim);
        var parts = g.Nodes("com.microsoft:GroupQueryAttention", 1, [qkv, "", "", past[0], past[1], "lengths", "total"], "num_heads", Heads, "kv_num_heads", KvHeads);
        _ = present;
        return d.Linear(parts[0], width, Hidden);
    }

    public static string AttentionSpelt(DecoderSketch d, string x, int layer)
    {
        var q = d.Linear(x, Hidden, Heads * HeadDim);
        var k = d.Linear(x, Hidden, KvHeads * HeadDim);
        var v = d.Linear(x, Hidden, KvHeads * HeadDim);
        return d.Attend(q, k, v, layer, scaleQuery: false);
    }

    public static string AttentionScaledQuery(DecoderSketch d, string x, int layer)
    {
        var q = d.Linear(x, Hidden, Heads * HeadDim);
        var k = d.Linear(x, Hidden, KvHeads * HeadDim);
        var v = d.Linear(x, Hidden, KvHeads * HeadDim);
        return d.Attend(q, k, v, layer, scaleQuery: true);
    }

    public static string AttentionPacked(DecoderSketch d, string x, int layer)
    {
        int q = Heads * HeadDim, kv = KvHeads * HeadDim;
        var parts = d.Graph.Nodes("Split", 3, [d.Linear(x, Hidden, q + 2 * kv), d.Graph.Ints(q, kv, kv)], "axis", -1);
        return d.Attend(parts[0], parts[1], parts[2], layer, scaleQuery: false);
    }

    /// <summary>Rotation as HuggingFace models write it: q·cos + rotate_half(q)·sin, with tables looked up by position.</summary>
    public static string AttentionRotated(DecoderSketch d, string x, int layer)
    {
        var q = d.RotateHalf(d.ToHeads(d.Linear(x, Hidden, Heads * HeadDim), Heads), HeadDim);
        var k = d.RotateHalf(d.ToHeads(d.Linear(x, Hidden, KvHeads * HeadDim), KvHeads), HeadDim);
        return d.AttendHeads(q, k, d.ToHeads(d.Linear(x, Hidden, KvHeads * HeadDim), KvHeads), layer, scaleQuery: false);
    }

    /// <summary>Pairs of neighbours rotated (GPT-J): even and odd elements apart, put together by stacking.</summary>
    public static string AttentionRotatedPairs(DecoderSketch d, string x, int layer)
    {
        var q = d.RotatePairs(d.ToHeads(d.Linear(x, Hidden, Heads * HeadDim), Heads), Heads);
        var k = d.RotatePairs(d.ToHeads(d.Linear(x, Hidden, KvHeads * HeadDim), KvHeads), KvHeads);
        return d.AttendHeads(q, k, d.ToHeads(d.Linear(x, Hidden, KvHeads * HeadDim), KvHeads), layer, scaleQuery: false);
    }

    /// <summary>Rotation as one node.</summary>
    public static string AttentionRotatedByNode(DecoderSketch d, string x, int layer)
    {
        var q = d.ToHeads(d.RotateNode(d.Linear(x, Hidden, Heads * HeadDim), Heads), Heads);
        var k = d.ToHeads(d.RotateNode(d.Linear(x, Hidden, KvHeads * HeadDim), KvHeads), KvHeads);
        return d.AttendHeads(q, k, d.ToHeads(d.Linear(x, Hidden, KvHeads * HeadDim), KvHeads), layer, scaleQuery: false);
    }

    /// <summary>GPT-NeoX: queries, keys and values of each head side by side in one matrix, the first half of each head rotated.</summary>
    public static string AttentionPerHead(DecoderSketch d, string x, int layer)
    {
        var g = d.Graph;
        var heads = g.Node("Transpose", [g.Node("Reshape", [d.Linear(x, Hidden, 3 * Heads * HeadDim), g.Ints(0, 0, Heads, 3 * HeadDim)])], "perm", new long[] { 0, 2, 1, 3 });
        string Part(int i) => g.Node("Slice", [heads, g.Ints(i * HeadDim), g.Ints((i + 1) * HeadDim), g.Ints(3)]);
        return d.AttendHeads(d.RotateFirst(Part(0)), d.RotateFirst(Part(1)), Part(2), layer, scaleQuery: false, Heads);
    }

    /// <summary>The same with one product for each part and rotation as one node.</summary>
    public static string AttentionPerHeadPlain(DecoderSketch d, string x, int layer)
    {
        var q = d.ToHeads(d.RotateNode(d.Linear(x, Hidden, Heads * HeadDim), Heads, HeadDim / 2), Heads);
        var k = d.ToHeads(d.RotateNode(d.Linear(x, Hidden, Heads * HeadDim), Heads, HeadDim / 2), Heads);
        return d.AttendHeads(q, k, d.ToHeads(d.Linear(x, Hidden, Heads * HeadDim), Heads), layer, scaleQuery: false, Heads);
    }

    private string RotateNode(string x, int heads, int dims = HeadDim)
    {
        EnsurePositions();
        return Graph.Node(
            "com.microsoft:RotaryEmbedding", [x, "position_ids", Graph.Weight(64, dims / 2), Graph.Weight(64, dims / 2)],
            "num_heads", heads, "rotary_embedding_dim", dims == HeadDim ? 0 : dims);
    }

    private (string Cos, string Sin) Tables(int width)
    {
        EnsurePositions();
        string Look() => Graph.Node("Unsqueeze", [Graph.Node("Gather", [Graph.Weight(64, width), "position_ids"]), Graph.Ints(1)]);
        return (Look(), Look());
    }

    private void EnsurePositions()
    {
        if (_positions) return;
        _positions = true;
        Graph.Input("position_ids", OnnxElementType.Int64, "batch", "seq");
    }

    private string RotateHalf(string x, int dims)
    {
        var g = Graph;
        var (cos, sin) = Tables(dims);
        var low = g.Node("Slice", [x, g.Ints(0), g.Ints(dims / 2), g.Ints(3)]);
        var high = g.Node("Slice", [x, g.Ints(dims / 2), g.Ints(long.MaxValue), g.Ints(3)]);
        var turned = g.Node("Concat", [g.Node("Neg", [high]), low], "axis", -1);
        return g.Node("Add", [g.Node("Mul", [x, cos]), g.Node("Mul", [turned, sin])]);
    }

    private string RotateFirst(string x)
    {
        var g = Graph;
        var rotated = RotateHalf(g.Node("Slice", [x, g.Ints(0), g.Ints(HeadDim / 2), g.Ints(3)]), HeadDim / 2);
        return g.Node("Concat", [rotated, g.Node("Slice", [x, g.Ints(HeadDim / 2), g.Ints(long.MaxValue), g.Ints(3)])], "axis", -1);
    }

    private string RotatePairs(string x, int heads)
    {
        var g = Graph;
        var (cos, sin) = Tables(HeadDim / 2);
        var even = g.Node("Slice", [x, g.Ints(0), g.Ints(long.MaxValue), g.Ints(3), g.Ints(2)]);
        var odd = g.Node("Slice", [x, g.Ints(1), g.Ints(long.MaxValue), g.Ints(3), g.Ints(2)]);
        var first = g.Node("Sub", [g.Node("Mul", [even, cos]), g.Node("Mul", [odd, sin])]);
        var second = g.Node("Add", [g.Node("Mul", [odd, cos]), g.Node("Mul", [even, sin])]);
        var stacked = g.Node("Concat", [g.Node("Unsqueeze", [first, g.Ints(4)]), g.Node("Unsqueeze", [second, g.Ints(4)])], "axis", -1);
        return g.Node("Reshape", [stacked, g.Ints(0, heads, -1, HeadDim)]);
    }

    private string Attend(string q, string k, string v, int layer, bool scaleQuery)
    {
        return AttendHeads(ToHeads(q, Heads), ToHeads(k, KvHeads), ToHeads(v, KvHeads), layer, scaleQuery);
    }

    /// <summary>A mask that hides what comes after a query and, in every second layer, what lies further back than a window.</summary>
    public static string AttentionMasked(DecoderSketch d, string x, int layer)
    {
        var q = d.ToHeads(d.Linear(x, Hidden, Heads * HeadDim), Heads);
        var k = d.ToHeads(d.Linear(x, Hidden, KvHeads * HeadDim), KvHeads);
        return d.AttendHeads(q, k, d.ToHeads(d.Linear(x, Hidden, KvHeads * HeadDim), KvHeads), layer, scaleQuery: false, mask: d.Mask(layer % 2 == 0 ? 5 : 0));
    }

    private string Mask(int window)
    {
        EnsurePositions();
        var g = Graph;
        var past = g.Node("Gather", [g.Node("Shape", ["past.0.k"]), g.Int(2)]);
        var seq = g.Node("Gather", [g.Node("Shape", ["input_ids"]), g.Int(1)]);
        var keys = g.Node("Range", [g.Int(0), g.Node("Add", [past, seq]), g.Int(1)]);
        var queries = g.Node("Unsqueeze", ["position_ids", g.Ints(1, 3)]);
        var allowed = g.Node("LessOrEqual", [keys, queries]);
        if (window > 0) allowed = g.Node("And", [allowed, g.Node("Greater", [keys, g.Node("Sub", [queries, g.Int(window)])])]);
        return g.Node("Where", [allowed, g.Number(0), g.Number(-65504)]);
    }

    private string AttendHeads(string q, string k, string v, int layer, bool scaleQuery, int kvHeads = KvHeads, string? mask = null)
    {
        var g = Graph;
        var (past, present) = Cache(g, layer, kvHeads);
        k = g.NodeAs(present[0], "Concat", [past[0], k], "axis", 2);
        v = g.NodeAs(present[1], "Concat", [past[1], v], "axis", 2);
        if (kvHeads < Heads) (k, v) = (Repeat(k), Repeat(v));
        if (scaleQuery) q = g.Node("Mul", [q, g.Number(0.35f)]);
        var scores = g.Node("MatMul", [q, g.Node("Transpose", [k], "perm", new long[] { 0, 1, 3, 2 })]);
        if (!scaleQuery) scores = g.Node("Div", [scores, g.Number(2.8f)]);
        if (mask is not null) scores = g.Node("Add", [scores, mask]);
        var result = g.Node("MatMul", [g.Node("Softmax", [scores], "axis", -1), v]);
        result = g.Node("Reshape", [g.Node("Transpose", [result], "perm", new long[] { 0, 2, 1, 3 }), g.Ints(0, 0, Heads * HeadDim)]);
        return Linear(result, Heads * HeadDim, Hidden);
    }

    private string ToHeads(string x, int heads) =>
        Graph.Node("Transpose", [Graph.Node("Reshape", [x, Graph.Ints(0, 0, heads, HeadDim)])], "perm", new long[] { 0, 2, 1, 3 });

    // Keys and values of a group are repeated for each of its query heads.
    private string Repeat(string x)
    {
        var g = Graph;
        var repeated = g.Node("Expand", [g.Node("Unsqueeze", [x, g.Ints(2)]), g.Ints(1, 1, Heads / KvHeads, 1, 1)]);
        var shape = g.Node("Shape", [x]);
        var total = g.Node("Gather", [shape, g.Ints(2)]);
        var batch = g.Node("Gather", [shape, g.Ints(0)]);
        return g.Node("Reshape", [repeated, g.Node("Concat", [batch, g.Ints(Heads), total, g.Ints(HeadDim)], "axis", 0)]);
    }

    private static (string[] Past, string[] Present) Cache(Sketch g, int layer, int kvHeads = KvHeads)
    {
        string[] past = [$"past.{layer}.k", $"past.{layer}.v"], present = [$"present.{layer}.k", $"present.{layer}.v"];
        foreach (var name in past) g.Input(name, OnnxElementType.Float, "batch", kvHeads, "past", HeadDim);
        return (past, present);
    }
}
