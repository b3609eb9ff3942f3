using LlmSim.Graphs.Import;

namespace LlmSim.Graphs.Counting;

/// <summary>
/// FLOPs beside multiply-accumulates, per element. The factors are conventions of counting, not measurements: an exponential counts as one,
/// a softmax as five (maximum, difference, exponential, sum, quotient), a norm as five or six.
/// </summary>
internal static class VectorFlops
{
    public static double Of(GraphNode node, BoundGraph bound)
    {
        var (perElement, ofInput) = Factor(node.OpType);
        if (perElement == 0) return 0;
        var tensor = ofInput ? node.Input(0) : node.Output(0);
        return tensor is null ? 0 : perElement * (bound.ElementsOf(tensor) ?? double.NaN);
    }

    private static (double PerElement, bool OfInput) Factor(string opType) => opType switch
    {
        "Reshape" or "Squeeze" or "Unsqueeze" or "Identity" or "Flatten" or "Shape" or "Size" or "Gather" or "GatherElements" or "GatherND"
            or "Transpose" or "Slice" or "Concat" or "ConcatTraining" or "Expand" or "Split" or "SplitTraining" or "Tile" or "Pad" or "Constant" or "ConstantOfShape"
            or "Range" or "ScatterND" or "ScatterElements" or "TensorScatter" or "Trilu" or "OneHot" or "NonZero" or "EyeLike" or "RemovePadding" or "RestorePadding"
            or "DepthToSpace" or "SpaceToDepth" => (0, false),

        // Counted as multiply-accumulates.
        "MatMul" or "MatMulInteger" or "MatMulIntegerToFloat" or "DynamicQuantizeMatMul" or "QLinearMatMul" or "FusedMatMul" or "TransposeMatMul" or "Gemm" or "FusedGemm"
            or "QGemm" or "MatMulNBits" or "MatMulBnb4" or "Conv" or "ConvInteger" or "FusedConv" or "QLinearConv" or "CausalConvWithState" or "Einsum" or "Attention" or "QAttention"
            or "DecoderMaskedSelfAttention" or "MultiHeadAttention" or "DecoderMaskedMultiHeadAttention" or "GroupQueryAttention" or "SparseAttention" or "LinearAttention" or "MoE" or "QMoE" => (0, false),

        "Softmax" or "LogSoftmax" or "Hardmax" => (5, false),
        "SimplifiedLayerNormalization" or "RMSNormalization" => (4, false),
        "SkipSimplifiedLayerNormalization" or "LayerNormalization" or "InstanceNormalization" or "GroupNormalization" => (5, false),
        "SkipLayerNormalization" or "EmbedLayerNormalization" => (6, false),
        "RotaryEmbedding" or "GemmaRotaryEmbedding" => (3, false),
        "ReduceSum" or "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceProd" or "ReduceL2" or "ReduceSumSquare" or "ArgMax" or "ArgMin" or "TopK" or "CumSum" => (1, true),
        "Gelu" or "FastGelu" or "QuickGelu" or "BiasGelu" => (8, false),
        _ => (1, false),
    };
}
