using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Quantisation to and from low precision, and element-wise operators on quantised operands.</summary>
internal static class QuantizationShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "QuantizeLinear" => Quantize,
        "DequantizeLinear" => static c => c.Out(0, c.In(0), TypeOr(c, c.Type(1))),
        "DynamicQuantizeLinear" => DynamicQuantize,
        "QLinearAdd" or "QLinearMul" => static c => c.Out(0, c.Broadcast(c.In(0), c.In(3))),
        "QLinearSigmoid" or "QLinearLeakyRelu" or "QLinearSoftmax" => ElementwiseShapes.Unary,
        "QEmbedLayerNormalization" => EmbedLayerNormalization,
        _ => null,
    };

    private static OnnxElementType TypeOr(ShapeContext c, OnnxElementType absent) =>
        c.Node.Int("output_dtype", 0) is > 0 and var given ? TensorReader.ElementType(given) : absent;

    private static void Quantize(ShapeContext c) =>
        c.Out(0, c.In(0), TypeOr(c, c.Has(2) ? c.Type(2) : OnnxElementType.UInt8));

    private static void DynamicQuantize(ShapeContext c)
    {
        c.Out(0, c.In(0), OnnxElementType.UInt8);
        c.Out(1, Shape.Scalar, OnnxElementType.Float);
        c.Out(2, Shape.Scalar, OnnxElementType.UInt8);
    }

    private static void EmbedLayerNormalization(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 2 } ids) return;
        c.Out(0, new Shape(ids[0], ids[1], c.Size(2, -1)), OnnxElementType.Float);
        c.Out(1, new Shape(ids[0]), OnnxElementType.Int32);
    }
}
