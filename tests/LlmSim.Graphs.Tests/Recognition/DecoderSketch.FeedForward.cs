namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>Spellings of feed-forward networks, dense and of experts.</summary>
internal sealed partial class DecoderSketch
{
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
}
