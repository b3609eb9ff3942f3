using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>Spellings of attention, its rotations, masks and cache.</summary>
internal sealed partial class DecoderSketch
{
    private bool _positions;

    public static string AttentionNode(DecoderSketch d, string x, int layer)
    {
        var g = d.Graph;
        var width = Heads * HeadDim;
        var (past, _) = Cache(g, layer);
        if (layer == 0)
        {
            g.Input("lengths", OnnxElementType.Int32, "batch", 1);
            g.Input("total", OnnxElementType.Int32, 1);
        }

        var qkv = d.Linear(x, Hidden, width + 2 * KvHeads * HeadDim);
        var parts = g.Nodes("com.microsoft:GroupQueryAttention", 1, [qkv, "", "", past[0], past[1], "lengths", "total"], "num_heads", Heads, "kv_num_heads", KvHeads);
        return d.Linear(parts[0], width, Hidden);
    }

    public static string AttentionSpelt(DecoderSketch d, string x, int layer) => d.AttendApart(x, layer, scaleQuery: false);

    public static string AttentionScaledQuery(DecoderSketch d, string x, int layer) => d.AttendApart(x, layer, scaleQuery: true);

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

    private string AttendApart(string x, int layer, bool scaleQuery) =>
        Attend(Linear(x, Hidden, Heads * HeadDim), Linear(x, Hidden, KvHeads * HeadDim), Linear(x, Hidden, KvHeads * HeadDim), layer, scaleQuery);

    private string Attend(string q, string k, string v, int layer, bool scaleQuery) =>
        AttendHeads(ToHeads(q, Heads), ToHeads(k, KvHeads), ToHeads(v, KvHeads), layer, scaleQuery);

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
