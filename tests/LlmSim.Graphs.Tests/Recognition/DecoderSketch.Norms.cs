namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>Spellings of norms.</summary>
internal sealed partial class DecoderSketch
{
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
}
