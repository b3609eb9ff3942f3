using LlmSim.Graphs.Import;

namespace LlmSim.Graphs.Recognition;

/// <summary>What kinds of node there are, as far as a single node tells.</summary>
/// <remarks>Patterns over strings, not sets: they cost nothing when the program starts.</remarks>
internal static class NodeSets
{
    public const string Microsoft = "com.microsoft";

    /// <summary>Whether the node only rearranges its first input, or rounds it: an engine does that by addressing, and no bytes move.</summary>
    public static bool IsView(GraphNode node) => node.OpType is "Reshape" or "Transpose" or "Squeeze" or "Unsqueeze" or "Flatten" or "Identity" or "Cast"
        or "CastLike" or "Dropout" or "Expand" or "Tile" or "Slice" or "Split" or "SplitToSequence" or "Gather" or "GatherND" or "GatherElements"
        or "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear" or "Pad" or "Trilu"
        || node.OpType == "If" && node.Subgraphs.Count > 0;

    /// <summary>Whether it treats elements, or rows of them, one by one.</summary>
    public static bool IsElementWise(GraphNode node) => node.OpType is "Add" or "Sub" or "Mul" or "Div" or "Pow" or "Sqrt" or "Reciprocal" or "Neg" or "Abs"
        or "Exp" or "Log" or "Erf" or "Tanh" or "Sigmoid" or "HardSigmoid" or "HardSwish" or "Relu" or "LeakyRelu" or "Elu" or "Selu" or "Gelu" or "FastGelu"
        or "BiasGelu" or "QuickGelu" or "Mish" or "Softplus" or "Swish" or "Clip" or "Min" or "Max" or "Where" or "Sum" or "Sin" or "Cos" or "IsNaN" or "IsInf"
        or "Not" or "Equal" or "Less" or "Greater" or "LessOrEqual" or "GreaterOrEqual" or "And" or "Or" or "Ceil" or "Floor" or "Round" or "Sign" or "Concat"
        or "ReduceMean" or "ReduceSum" or "ReduceMax" or "ReduceMin" or "ReduceSumSquare" or "ReduceL2" or "Softmax" or "LogSoftmax" or "LpNormalization"
        or "Mod" or "CumSum" or "ArgMax" or "BiasAdd";

    /// <summary>Whether its result depends on shapes only.</summary>
    public static bool ReadsShapeOnly(GraphNode node) => node.OpType is "Shape" or "Size" or "ConstantOfShape" or "EyeLike" or "RandomNormalLike" or "RandomUniformLike";

    /// <summary>Whether it multiplies matrices.</summary>
    public static bool IsProduct(GraphNode node) => node.OpType is "MatMul" or "Gemm" or "FusedMatMul" or "TransposeMatMul" or "FusedGemm" or "MatMulNBits"
        or "MatMulBnb4" or "MatMulFpQ4" or "MatMulInteger" or "DynamicQuantizeMatMul" or "MatMulIntegerToFloat" or "QLinearMatMul" or "QGemm" or "Einsum" or "Conv"
        or "GemmFastGelu";

    /// <summary>Whether it is attention in one node.</summary>
    public static bool IsAttention(GraphNode node) => node.OpType is "GroupQueryAttention" or "PagedAttention" or "SparseAttention" or "MultiHeadAttention"
        or "PackedMultiHeadAttention" or "Attention" or "QAttention" or "PackedAttention" or "DecoderMaskedMultiHeadAttention" or "DecoderMaskedSelfAttention"
        or "DecoderAttention";

    /// <summary>Whether it writes rows into a buffer: a KV cache, or an accumulator.</summary>
    public static bool IsScatter(GraphNode node) => node.OpType is "TensorScatter" or "ScatterND" or "ScatterElements" or "Scatter";

    /// <summary>Nodes that carry most of a model's work; used to find the subgraph that holds the decoder.</summary>
    public static bool IsHeavy(GraphNode node) => IsProduct(node) || IsAttention(node) || node.OpType is "MoE" or "QMoE";
}
