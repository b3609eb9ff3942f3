using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;
using LlmSim.Graphs.Tests.Import;

namespace LlmSim.Graphs.Tests.Shapes;

/// <summary>Rules one by one, with symbolic inputs: what the real graphs beside this repository do not cover, or not in the open.</summary>
public sealed class ShapeRuleTests
{
    [Theory]
    // Element-wise: stretched from the right.
    [InlineData("Add", "[b, s, 64] [64]", "", "[b, s, 64]")]
    [InlineData("Mul", "[b, 1, s, t] [h, 1, 1]", "", "[b, h, s, t]")]
    [InlineData("Where", "[b, 1, s, t] [] [b, 8, s, t]", "", "[b, 8, s, t]")]
    [InlineData("Softmax", "[b, s]", "", "[b, s]")]
    [InlineData("Max", "[s] [b, 1] []", "", "[b, s]")]
    // Reshaping.
    [InlineData("Flatten", "[b, s, 4, 16]", "axis=2", "[b*s, 64]")]
    [InlineData("Transpose", "[b, s, 4, 16]", "perm=0;2;3;1", "[b, 4, 16, s]")]
    [InlineData("Transpose", "[b, s]", "", "[s, b]")]
    [InlineData("Squeeze", "[b, 1, s, 1]", "axes=1", "[b, s, 1]")]
    [InlineData("Unsqueeze", "[b, s]", "axes=0;-1", "[1, b, s, 1]")]
    [InlineData("Reshape", "[b, s, 64]", "shape=0;0;4;-1", "[b, s, 4, 16]")]
    [InlineData("Reshape", "[b, s, 64]", "shape=-1;64", "[b*s, 64]")]
    // Movement.
    [InlineData("Concat", "[b, p, 16] [b, s, 16]", "axis=1", "[b, p + s, 16]")]
    [InlineData("Slice", "[b, s, 64]", "starts=1 ends=3 axes=2", "[b, s, 2]")]
    [InlineData("Slice", "[b, s]", "starts=-1 ends=9223372036854775807 axes=1", "[b, min(s, 1)]")]
    [InlineData("DepthToSpace", "[b, 12, h, w]", "blocksize=2", "[b, 3, 2*h, 2*w]")]
    [InlineData("Gather", "[1000, 64] [b, s]", "", "[b, s, 64]")]
    [InlineData("Gather", "[b, s, 64] []", "axis=1", "[b, 64]")]
    [InlineData("GatherElements", "[b, 64] [b, k]", "axis=1", "[b, k]")]
    [InlineData("GatherND", "[b, s, 64] [n, 2]", "", "[n, 64]")]
    [InlineData("ScatterND", "[b, s] [n, 2] [n]", "", "[b, s]")]
    // Reductions.
    [InlineData("ReduceMean", "[b, s, 64]", "axes=-1", "[b, s, 1]")]
    [InlineData("ReduceSum", "[b, s]", "axes=1 keepdims=0", "[b]")]
    [InlineData("ReduceMax", "[b, s]", "keepdims=0", "[]")]
    [InlineData("ArgMax", "[b, s, v]", "axis=-1 keepdims=0", "[b, s]")]
    // Products.
    [InlineData("MatMul", "[b, h, s, d] [b, h, d, t]", "", "[b, h, s, t]")]
    [InlineData("MatMul", "[b, s, 64] [64, 32]", "", "[b, s, 32]")]
    [InlineData("MatMul", "[64] [64, 32]", "", "[32]")]
    [InlineData("MatMul", "[b, 64] [64]", "", "[b]")]
    [InlineData("Gemm", "[n, 64] [32, 64]", "transB=1", "[n, 32]")]
    [InlineData("MatMulInteger", "[b, s, 64] [64, 32]", "", "[b, s, 32]")]
    [InlineData("Einsum", "[b, s, h, d] [b, t, h, d]", "equation=bshd,bthd->bhst", "[b, h, s, t]")]
    [InlineData("com.microsoft:FusedMatMul", "[b, s, 64] [b, t, 64]", "transB=1", "[b, s, t]")]
    [InlineData("com.microsoft:MatMulNBits", "[b, s, 64] [32, 2, 16] [64]", "K=64 N=32", "[b, s, 32]")]
    [InlineData("Conv", "[b, 3, h, 224] [64, 3, 7, 7]", "strides=2;2 pads=3;3;3;3", "[b, 64, floor((h + 1)/(2)), 112]")]
    [InlineData("ConvTranspose", "[b, 8, 16, 16] [8, 4, 2, 2]", "strides=2;2", "[b, 4, 32, 32]")]
    [InlineData("LSTM", "[s, b, 64] [1, 512, 64] [1, 512, 128]", "hidden_size=128", "[s, 1, b, 128]")]
    // Norms and attention.
    [InlineData("com.microsoft:SkipSimplifiedLayerNormalization", "[b, s, 64] [b, s, 64] [64]", "", "[b, s, 64]")]
    [InlineData("com.microsoft:EmbedLayerNormalization", "[b, s] [b, s] [1000, 64]", "", "[b, s, 64]")]
    [InlineData("com.microsoft:Attention", "[b, s, 64] [64, 192] [192]", "num_heads=4", "[b, s, 64]")]
    [InlineData("com.microsoft:MultiHeadAttention", "[b, s, 64] [b, t, 64] [b, t, 128]", "num_heads=4", "[b, s, 128]")]
    [InlineData("com.microsoft:MultiHeadAttention", "[b, s, 4, 3, 16]", "num_heads=4", "[b, s, 64]")]
    [InlineData("com.microsoft:GroupQueryAttention", "[b, s, 96]", "num_heads=4 kv_num_heads=1", "[b, s, 64]")]
    [InlineData("Attention", "[b, 8, s, 16] [b, 2, t, 16] [b, 2, t, 32]", "", "[b, 8, s, 32]")]
    [InlineData("Attention", "[b, s, 64] [b, t, 32] [b, t, 16]", "q_num_heads=4 kv_num_heads=2", "[b, s, 32]")]
    [InlineData("com.microsoft:MoE", "[b, s, 64] [n, 8]", "k=2", "[b, s, 64]")]
    // Quantisation.
    [InlineData("DequantizeLinear", "[64, 32] [32]", "axis=1", "[64, 32]")]
    [InlineData("com.microsoft:GatherBlockQuantized", "[1000, 32] [b, s] [1000, 2]", "bits=4", "[b, s, 64]", OnnxElementType.UInt8)]
    public void An_operator_makes_the_shape(string opType, string inputs, string attributes, string expected, OnnxElementType type = OnnxElementType.Float) =>
        Assert.Equal(expected, Output(opType, inputs, attributes, 1, type)[0].Shape!.ToString());

    [Theory]
    [InlineData("com.microsoft:GroupQueryAttention", "[b, s, 64] [b, s, 16] [b, s, 16] [b, 1, p, 16] [b, 1, p, 16]", "num_heads=4 kv_num_heads=1", "[b, 1, p + s, 16]")]
    [InlineData("com.microsoft:Attention", "[b, s, 64] [64, 192] [192] [b, t] [2, b, 4, p, 16]", "num_heads=4", "[2, b, 4, p + s, 16]")]
    [InlineData("com.microsoft:MultiHeadAttention", "[b, s, 64] [b, s, 64] [b, s, 64] [192] [b, t] [] [b, 4, p, 16]", "num_heads=4", "[b, 4, p + s, 16]")]
    [InlineData("Attention", "[b, 8, s, 16] [b, 2, s, 16] [b, 2, s, 16] [s, t] [b, 2, p, 16]", "", "[b, 2, p + s, 16]")]
    [InlineData("LayerNormalization", "[b, s, 64] [64]", "", "[b, s, 1]")]
    public void The_second_output_is_the_cache_or_the_statistics(string opType, string inputs, string attributes, string expected) =>
        Assert.Equal(expected, Output(opType, inputs, attributes, 2, OnnxElementType.Float)[1].Shape!.ToString());

    [Theory]
    [InlineData("MatMul", "[b, 64] [32, 8]", "")]
    [InlineData("Add", "[b, 3] [4]", "")]
    [InlineData("Squeeze", "[b, 3]", "axes=1")]
    [InlineData("Concat", "[b, 3] [b, 3, 4]", "axis=0")]
    [InlineData("Transpose", "[b, 3]", "perm=0;1;2")]
    [InlineData("Gather", "[b, 3] [2]", "axis=5")]
    [InlineData("Gemm", "[2, 3] [4, 5]", "")]
    [InlineData("com.microsoft:GroupQueryAttention", "[b, s, 96]", "num_heads=0 kv_num_heads=1")]
    [InlineData("Einsum", "[2, 3] [4, 5]", "equation=ij,jk->ik")]
    public void Inputs_that_contradict_each_other_are_an_error(string opType, string inputs, string attributes) =>
        Assert.Throws<LlmSim.Files.InputException>(() => Output(opType, inputs, attributes, 1, OnnxElementType.Float));

    [Fact]
    public void A_list_of_sizes_may_go_through_floats()
    {
        var graph = new SmallGraph().Input("x", OnnxElementType.Float, "n", 8L)
            .Initializer(new OnnxTensor { Name = "half", ElementType = OnnxElementType.Float, Dimensions = [1], Data = BitConverter.GetBytes(0.5f) })
            .Integers("first", 0).Integers("two", 2)
            .Node("Shape", ["x"], ["s"], SmallGraph.Int("end", 1)).Node("Cast", ["s"], ["f"], SmallGraph.Int("to", 1)).Node("Mul", ["f", "half"], ["h"])
            .Node("Floor", ["h"], ["r"]).Node("Cast", ["r"], ["i"], SmallGraph.Int("to", 7)).Node("Concat", ["i", "two"], ["t"], SmallGraph.Int("axis", 0))
            .Node("ConstantOfShape", ["t"], ["z"]).Node("NonZero", ["z"], ["nz"]).Output("z").Output("nz").Import();
        Assert.Equal("[floor((n)/(2)), 2]", graph.Find("z")!.Shape!.ToString());
        Assert.Equal("[2, 0]", graph.Find("nz")!.Shape!.ToString());
    }

    [Fact]
    public void What_data_decides_is_a_symbol_of_its_own_that_stays_comparable()
    {
        var graph = new SmallGraph().Input("x", OnnxElementType.Float, "n").Node("NonZero", ["x"], ["nz"]).Node("Transpose", ["nz"], ["t"]).Node("Relu", ["t"], ["y"]).Output("y").Import();
        Assert.Equal(graph.Find("t")!.Shape, graph.Find("y")!.Shape);
        Assert.Equal([-1, 1], graph.Bind(new DimBinding().Set("n", 5)).ShapeOf(graph.Find("y")!)!);
    }

    private static IReadOnlyList<GraphTensor> Output(string opType, string inputs, string attributes, int outputs, OnnxElementType type)
    {
        var graph = new SmallGraph();
        var names = new List<string>();
        foreach (var shape in inputs.Split("] ", StringSplitOptions.RemoveEmptyEntries))
        {
            var name = "in" + names.Count;
            names.Add(name);
            var dims = shape.Trim('[', ']', ' ').Split(", ", StringSplitOptions.RemoveEmptyEntries);
            graph.Input(name, type, [.. dims.Select(d => long.TryParse(d, out var size) ? (object?)size : d)]);
        }

        var results = Enumerable.Range(0, outputs).Select(i => "out" + i).ToArray();
        var colon = opType.IndexOf(':', StringComparison.Ordinal);
        graph.Node(new OnnxNode
        {
            Name = "node",
            OpType = opType[(colon + 1)..],
            Domain = colon < 0 ? "" : opType[..colon],
            Inputs = names,
            Outputs = results,
            Attributes = [.. attributes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Attribute)],
        });
        foreach (var result in results) graph.Output(result);
        var imported = graph.Import();
        Assert.Empty(imported.UnknownOperators);
        return [.. results.Select(r => imported.Find(r)!)];
    }

    private static OnnxAttribute Attribute(string text)
    {
        var (name, value) = (text[..text.IndexOf('=', StringComparison.Ordinal)], text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        if (name == "equation") return new OnnxAttribute { Name = name, Kind = OnnxAttributeKind.Text, Text = value };
        if (name is "axes" or "perm" or "starts" or "ends" or "strides" or "pads" or "shape")
            return new OnnxAttribute { Name = name, Kind = OnnxAttributeKind.Ints, Ints = [.. value.Split(';').Select(long.Parse)] };
        return SmallGraph.Int(name, long.Parse(value));
    }
}
