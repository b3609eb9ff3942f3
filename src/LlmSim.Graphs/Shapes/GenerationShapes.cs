using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>ONNX Runtime's operators that hold a whole generation, with the decoder in a subgraph, and packing of padded batches.</summary>
internal static class GenerationShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "BeamSearch" or "WhisperBeamSearch" => BeamSearch,
        "GreedySearch" or "Sampling" => Search,
        "RemovePadding" => RemovePadding,
        "RestorePadding" => RestorePadding,
        _ => null,
    };

    private static Dim Batch(ShapeContext c) => c.Size(0, 0);

    private static void BeamSearch(ShapeContext c)
    {
        ControlShapes.InferSubgraphs(c);
        Dim maxLength = c.Single(1).Dim, beams = c.Single(3).Dim, returned = c.Single(4).Dim;
        c.Out(0, new Shape(Batch(c), returned, maxLength), OnnxElementType.Int32);
        c.Out(1, new Shape(Batch(c), returned), OnnxElementType.Float);
        var steps = maxLength - (c.In(0) is { Rank: 2 } && c.Node.Int("model_type", 0) == 0 ? c.Size(0, 1) : 1);
        c.Out(2, new Shape(steps, Batch(c), beams, c.Node.Int("vocab_size", -1) is > 0 and var vocabulary ? vocabulary : Dim.Unknown), OnnxElementType.Float);
    }

    private static void Search(ShapeContext c)
    {
        ControlShapes.InferSubgraphs(c);
        c.Out(0, new Shape(Batch(c), c.Single(1).Dim), OnnxElementType.Int32);
    }

    private static void RemovePadding(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 3 } input) return;
        c.Out(0, new Shape(Dim.Unknown, input[2]));
        c.Out(1, new Shape(input[0], input[1]), OnnxElementType.Int32);
        c.Out(2, new Shape(input[0] + 1), OnnxElementType.Int32);
        c.Out(3, new Shape(1), OnnxElementType.Int32);
    }

    private static void RestorePadding(ShapeContext c) => c.Out(0, new Shape(c.Size(1, 0), c.Size(1, 1), c.Size(0, -1)));
}
