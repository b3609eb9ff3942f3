using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Losses and gradients, which occur in graphs exported for training.</summary>
internal static class TrainingShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "SoftmaxCrossEntropyLoss" or "SoftmaxCrossEntropyLossInternal" => CrossEntropy,
        "NegativeLogLikelihoodLoss" or "NegativeLogLikelihoodLossInternal" => Loss,
        "SoftmaxCrossEntropyLossInternalGrad" or "SoftmaxCrossEntropyLossGrad" => static c => c.Out(0, c.In(1), c.Type(1)),
        "SoftmaxGrad" or "SoftmaxGrad_13" or "LogSoftmaxGrad_13" or "GeluGrad" or "FastGeluGrad" or "BiasGeluGrad_dX" or "BiasFastGeluGrad_dX"
            or "DropoutGrad" => ElementwiseShapes.Unary,
        "LayerNormalizationGrad" or "SimplifiedLayerNormalizationGrad" => LayerNormalizationGrad,
        "SliceGrad" => static c => c.Out(0, c.Vector(1) is { } dims ? new Shape(dims) : null),
        "BroadcastGradientArgs" => BroadcastGradientArgs,
        "YieldOp" => YieldOp,
        _ => null,
    };

    private static bool IsReduced(ShapeContext c) => c.Node.Text("reduction", "mean") != "none";

    private static void CrossEntropy(ShapeContext c)
    {
        Loss(c);
        c.Out(1, c.In(0));
    }

    private static void Loss(ShapeContext c) => c.Out(0, IsReduced(c) ? Shape.Scalar : c.In(1));

    private static void LayerNormalizationGrad(ShapeContext c)
    {
        c.Out(0, c.In(0));
        c.Out(1, c.In(2), c.Type(2));
        c.Out(2, c.In(2), c.Type(2));
    }

    /// <summary>The axes along which either operand was stretched.</summary>
    private static void BroadcastGradientArgs(ShapeContext c)
    {
        c.Out(0, new Shape(Dim.Unknown), OnnxElementType.Int64);
        c.Out(1, new Shape(Dim.Unknown), OnnxElementType.Int64);
    }

    /// <summary>Hands its inputs out and receives gradients of the same shapes.</summary>
    private static void YieldOp(ShapeContext c)
    {
        for (var slot = 0; slot < c.Node.Outputs.Count; slot++) c.Out(slot, c.In(slot), c.Type(slot));
    }
}
