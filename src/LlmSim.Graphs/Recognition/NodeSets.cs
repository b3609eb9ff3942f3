using System.Collections.Frozen;
using LlmSim.Graphs.Import;

namespace LlmSim.Graphs.Recognition;

/// <summary>What kinds of node there are, as far as a single node tells.</summary>
internal static class NodeSets
{
    public const string Microsoft = "com.microsoft";

    // Rearrangements that an engine does by addressing, and rounding between formats: no bytes move.
    private static readonly FrozenSet<string> Views = FrozenSet.Create(
        StringComparer.Ordinal, "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Cast", "CastLike", "Dropout", "Expand", "Tile", "Slice",
        "Split", "SplitToSequence", "Gather", "GatherND", "GatherElements", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "Pad", "Trilu");

    private static readonly FrozenSet<string> ElementWise = FrozenSet.Create(
        StringComparer.Ordinal, "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Reciprocal", "Neg", "Abs", "Exp", "Log", "Erf", "Tanh", "Sigmoid", "HardSigmoid", "HardSwish",
        "Relu", "LeakyRelu", "Elu", "Selu", "Gelu", "FastGelu", "BiasGelu", "QuickGelu", "Mish", "Softplus", "Swish", "Clip", "Min", "Max", "Where", "Sum",
        "Sin", "Cos", "IsNaN", "Not", "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "And", "Or", "Ceil", "Floor", "Round", "Sign", "Concat",
        "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL2", "Softmax", "LogSoftmax", "LpNormalization", "BitShift", "Mod",
        "CumSum", "ArgMax", "BiasAdd");

    private static readonly FrozenSet<string> ShapeReaders = FrozenSet.Create(StringComparer.Ordinal, "Shape", "Size", "ConstantOfShape", "EyeLike", "RandomNormalLike");

    private static readonly FrozenSet<string> Products = FrozenSet.Create(
        StringComparer.Ordinal, "MatMul", "Gemm", "FusedMatMul", "TransposeMatMul", "FusedGemm", "MatMulNBits", "MatMulBnb4", "MatMulFpQ4", "MatMulInteger",
        "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "QLinearMatMul", "QGemm", "Einsum", "Conv", "GemmFastGelu");

    private static readonly FrozenSet<string> AttentionOps = FrozenSet.Create(
        StringComparer.Ordinal, "GroupQueryAttention", "PagedAttention", "SparseAttention", "MultiHeadAttention", "PackedMultiHeadAttention", "Attention", "QAttention",
        "PackedAttention", "DecoderMaskedMultiHeadAttention", "DecoderMaskedSelfAttention", "DecoderAttention");

    /// <summary>Whether the node only rearranges its first input.</summary>
    public static bool IsView(GraphNode node) => Views.Contains(node.OpType) || node.Subgraphs.Count > 0 && node.OpType == "If";

    /// <summary>Whether it treats elements, or rows of them, one by one.</summary>
    public static bool IsElementWise(GraphNode node) => ElementWise.Contains(node.OpType);

    /// <summary>Whether its result depends on shapes only.</summary>
    public static bool ReadsShapeOnly(GraphNode node) => ShapeReaders.Contains(node.OpType);

    /// <summary>Whether it multiplies matrices.</summary>
    public static bool IsProduct(GraphNode node) => Products.Contains(node.OpType);

    /// <summary>Whether it is attention in one node.</summary>
    public static bool IsAttention(GraphNode node) => AttentionOps.Contains(node.OpType);

    /// <summary>Whether it writes rows into a buffer: a KV cache, or an accumulator.</summary>
    public static bool IsScatter(GraphNode node) => node.OpType is "TensorScatter" or "ScatterND" or "ScatterElements" or "Scatter";

    /// <summary>Nodes that carry most of a model's work; used to find the subgraph that holds the decoder.</summary>
    public static bool IsHeavy(GraphNode node) => IsProduct(node) || IsAttention(node) || node.OpType is "MoE" or "QMoE";
}
