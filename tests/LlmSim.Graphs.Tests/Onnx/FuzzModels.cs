using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Tests.Import;

namespace LlmSim.Graphs.Tests.Onnx;

/// <summary>Small models that together use every part of the format and most shape rules: what mutations start from.</summary>
internal static class FuzzModels
{
    public static byte[][] All() => [ShapeArithmetic(), Attention(), Control(), Functions(), Indexing()];

    private static byte[] ShapeArithmetic() => new SmallGraph()
        .Input("x", OnnxElementType.Float, "batch", "sequence", 64L).Input("past", OnnxElementType.Float, "batch", 4L, "past", 16L)
        .Integers("axes0", 0).Integers("minus1", -1).Integers("heads", 4, 16).Integer("zero", 0).Integer("one", 1).Integers("far", 0, 0, long.MaxValue)
        .Weight("w", OnnxElementType.Float, 64, 64).Weight("table", OnnxElementType.Float, 1024, 64)
        .Node("MatMul", ["x", "w"], ["q"]).Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "zero"], ["b"]).Node("Gather", ["s", "one"], ["n"])
        .Node("Unsqueeze", ["b", "axes0"], ["b1"]).Node("Unsqueeze", ["n", "axes0"], ["n1"]).Node("Concat", ["b1", "n1", "heads"], ["t"], SmallGraph.Int("axis", 0))
        .Node("Reshape", ["q", "t"], ["q4"]).Node("Transpose", ["q4"], ["qt"], new OnnxAttribute { Name = "perm", Kind = OnnxAttributeKind.Ints, Ints = [0, 2, 1, 3] })
        .Node("Concat", ["past", "qt"], ["k"], SmallGraph.Int("axis", 2)).Node("Range", ["zero", "n", "one"], ["r"]).Node("Gather", ["table", "r"], ["e"])
        .Node("Add", ["x", "e"], ["h"]).Node("Slice", ["h", "axes0", "minus1", "axes0"], ["sl"]).Node("Expand", ["sl", "s"], ["ex"]).Node("Softmax", ["ex"], ["y"])
        .Output("y", "batch", "sequence", 64L).Output("k", "batch", 4L, "total", 16L).Bytes();

    private static byte[] Attention() => new SmallGraph()
        .Input("x", OnnxElementType.Float16, "batch_size", "sequence_length", 64L).Input("past_key", OnnxElementType.Float16, "batch_size", 2L, "past_sequence_length", 16L)
        .Input("past_value", OnnxElementType.Float16, "batch_size", 2L, "past_sequence_length", 16L).Input("attention_mask", OnnxElementType.Int64, "batch_size", "total_sequence_length")
        .Weight("norm", OnnxElementType.Float16, 64).Weight("packed", OnnxElementType.UInt8, 128, 2, 16).Weight("scales", OnnxElementType.Float16, 256)
        .Initializer(new OnnxTensor { Name = "big", ElementType = OnnxElementType.Float16, Dimensions = [64, 64], External = new OnnxExternalData("model.onnx.data", 4096, 8192) })
        .Node("SimplifiedLayerNormalization", ["x", "norm"], ["n"])
        .Node(new OnnxNode { Name = "qkv", Domain = "com.microsoft", OpType = "MatMulNBits", Inputs = ["n", "packed", "scales"], Outputs = ["qkv"], Attributes = [SmallGraph.Int("K", 64), SmallGraph.Int("N", 128), SmallGraph.Int("bits", 4), SmallGraph.Int("block_size", 32)] })
        .Node("ReduceSum", ["attention_mask"], ["seqlens"], SmallGraph.Int("keepdims", 0))
        .Node(new OnnxNode { Name = "gqa", Domain = "com.microsoft", OpType = "GroupQueryAttention", Inputs = ["qkv", "", "", "past_key", "past_value", "seqlens", "seqlens"], Outputs = ["a", "present_key", "present_value"], Attributes = [SmallGraph.Int("num_heads", 4), SmallGraph.Int("kv_num_heads", 2)] })
        .Node("MatMul", ["a", "big"], ["o"]).Node("Gemm", ["big", "big"], ["unused"])
        .Node(new OnnxNode { OpType = "SkipSimplifiedLayerNormalization", Domain = "com.microsoft", Inputs = ["x", "o", "norm"], Outputs = ["y", "", "", "z"], Attributes = [new OnnxAttribute { Name = "epsilon", Kind = OnnxAttributeKind.Float, Float = 1e-5f }] })
        .Output("y").Output("z").Output("present_key", "batch_size", 2L, "total_sequence_length", 16L).Output("present_value").Bytes();

    private static byte[] Control()
    {
        var then = new SmallGraph().Node("Relu", ["x"], ["a"]).Output("a").Body();
        var otherwise = new SmallGraph().Node("Neg", ["x"], ["b"]).Output("b").Body();
        var body = new SmallGraph().Input("i", OnnxElementType.Int64).Input("go", OnnxElementType.Bool).Input("v", OnnxElementType.Float, "n", 8L)
            .Node("Identity", ["go"], ["go2"]).Node("Add", ["v", "x"], ["v2"]).Node("Relu", ["v"], ["step"]).Output("go2").Output("v2").Output("step").Body();
        return new SmallGraph().Input("x", OnnxElementType.Float, "n", 8L).Input("c", OnnxElementType.Bool).Integer("trips", 3)
            .Node("If", ["c"], ["y"], Graph("then_branch", then), Graph("else_branch", otherwise)).Node("Loop", ["trips", "c", "y"], ["last", "all"], Graph("body", body))
            .Node("Scan", ["x", "x"], ["s1"], Graph("body", then), SmallGraph.Int("num_scan_inputs", 1)).Output("last").Output("all").Bytes();
    }

    private static byte[] Functions() => new SmallGraph().Input("x", OnnxElementType.Float, "s0 + 2*s1", 8L)
        .Function(new OnnxFunction
        {
            Name = "Twice",
            Domain = "local",
            Inputs = ["a"],
            Outputs = ["b"],
            AttributeNames = ["to"],
            Nodes =
            [
                new OnnxNode { OpType = "Add", Inputs = ["a", "a"], Outputs = ["t"] },
                new OnnxNode { OpType = "Cast", Inputs = ["t"], Outputs = ["b"], Attributes = [new OnnxAttribute { Name = "to", Kind = OnnxAttributeKind.Int, ReferredName = "to" }] },
            ],
        })
        .Function(new OnnxFunction { Name = "Outer", Domain = "local", Inputs = ["a"], Outputs = ["b"], Nodes = [new OnnxNode { OpType = "Twice", Domain = "local", Inputs = ["a"], Outputs = ["b"] }] })
        .Node(new OnnxNode { Name = "one", OpType = "Twice", Domain = "local", Inputs = ["x"], Outputs = ["y"], Attributes = [SmallGraph.Int("to", 10)] })
        .Node(new OnnxNode { Name = "two", OpType = "Outer", Domain = "local", Inputs = ["y"], Outputs = ["z"] })
        .Node(new OnnxNode { OpType = "Mystery", Domain = "somebody", Inputs = ["z"], Outputs = ["w"] }).Output("w", "floor(s0/2)", "Max(1, s1)").Bytes();

    private static byte[] Indexing() => new SmallGraph().Input("x", OnnxElementType.Float, 4L, 6L).Input("i", OnnxElementType.Int64, "k", 2L).Integers("five", 5).Integers("two", 2, 3).Integer("depth", 8)
        .Initializer(SmallGraph.Int64("table", [2, 3], 1, 2, 3, 4, 5, 6)).Integers("split", 2, 4)
        .Node("GatherND", ["x", "i"], ["g"]).Node("TopK", ["x", "two"], ["v", "ids"]).Node("OneHot", ["ids", "depth", "table"], ["o"]).Node("NonZero", ["x"], ["nz"])
        .Node("Tile", ["x", "two"], ["t"]).Node("Pad", ["x", "table"], ["p"]).Node("Split", ["x", "split"], ["s1", "s2"], SmallGraph.Int("axis", 1))
        .Node("Flatten", ["t"], ["f"]).Node("ConstantOfShape", ["two"], ["z"]).Node("CumSum", ["z", "depth"], ["cs"]).Node("Where", ["nz", "z", "cs"], ["wh"])
        .Node("Einsum", ["x", "x"], ["e"], new OnnxAttribute { Name = "equation", Kind = OnnxAttributeKind.Text, Text = "ij,kj->ik" }).Node("ReduceMean", ["x"], ["m"]).Node("Gather", ["table", "two"], ["tg"])
        .Output("g").Output("v").Output("e").Bytes();

    private static OnnxAttribute Graph(string name, OnnxGraph graph) => new() { Name = name, Kind = OnnxAttributeKind.Graph, Graph = graph };
}
