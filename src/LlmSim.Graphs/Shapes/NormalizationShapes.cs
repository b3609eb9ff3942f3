using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Norms, alone and fused with the residual addition or the embedding before them.</summary>
internal static class NormalizationShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "LayerNormalization" or "SimplifiedLayerNormalization" => LayerNormalization,
        "RMSNormalization" or "InstanceNormalization" or "GroupNormalization" or "GroupNorm" => ElementwiseShapes.Unary,
        "BatchNormalization" => BatchNormalization,
        "SkipLayerNormalization" or "SkipSimplifiedLayerNormalization" => SkipLayerNormalization,
        "SkipGroupNorm" => SkipGroupNorm,
        "EmbedLayerNormalization" => EmbedLayerNormalization,
        _ => null,
    };

    private static void LayerNormalization(ShapeContext c)
    {
        c.Out(0, c.In(0));
        if (!c.Wants(1) && !c.Wants(2)) return;
        var type = c.Node.Int("stash_type", 1) is 1 ? OnnxElementType.Float : c.Type(0);
        var statistics = Statistics(c, c.Node.Int("axis", -1));
        c.Out(1, statistics, type);
        c.Out(2, statistics, type);
    }

    /// <summary>One mean or deviation for each position before the normalised axes.</summary>
    private static Shape? Statistics(ShapeContext c, long listedAxis)
    {
        if (c.In(0) is not { } input || c.Axis(listedAxis, input.Rank) is not { } axis) return null;
        var dims = input.Dims.ToArray();
        Array.Fill(dims, Dim.One, axis, dims.Length - axis);
        return new Shape(dims);
    }

    private static void SkipLayerNormalization(ShapeContext c)
    {
        c.Out(0, c.In(0));
        if (c.Wants(1) || c.Wants(2))
        {
            var statistics = Statistics(c, -1);
            c.Out(1, statistics, OnnxElementType.Float);
            c.Out(2, statistics, OnnxElementType.Float);
        }

        // The sum of input and skip, for the next residual addition.
        c.Out(3, c.In(0));
    }

    private static void SkipGroupNorm(ShapeContext c)
    {
        c.Out(0, c.In(0));
        c.Out(1, c.In(0));
    }

    private static void BatchNormalization(ShapeContext c)
    {
        c.Out(0, c.In(0));
        for (var slot = 1; slot < c.Node.Outputs.Count; slot++) c.Out(slot, c.In(3), c.Type(3));
    }

    private static void EmbedLayerNormalization(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 2 } ids) return;
        var output = new Shape(ids[0], ids[1], c.Size(2, -1));
        c.Out(0, output, c.Type(2));
        c.Out(1, new Shape(ids[0]), OnnxElementType.Int32);
        c.Out(2, output, c.Type(2));
    }
}
