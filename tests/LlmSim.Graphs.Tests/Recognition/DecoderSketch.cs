using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>A small decoder whose parts can be spelt in different ways.</summary>
internal sealed partial class DecoderSketch
{
    public const int Hidden = 32, Heads = 4, KvHeads = 2, HeadDim = 8, Intermediate = 48, Vocabulary = 60, Layers = 3, Experts = 4;

    public Sketch Graph { get; } = new();

    public Func<DecoderSketch, string, string> Norm { get; init; } = RmsNode;

    public Func<DecoderSketch, string, string> FeedForward { get; init; } = SwigluApart;

    public Func<DecoderSketch, string, int, string> Attention { get; init; } = AttentionSpelt;

    public OnnxModel Model()
    {
        Graph.Input("input_ids", OnnxElementType.Int64, "batch", "seq");
        Graph.Output("logits", "batch", "seq", Vocabulary);
        var x = Graph.Node("Gather", [Graph.Weight(Vocabulary, Hidden), "input_ids"]);
        for (var i = 0; i < Layers; i++)
        {
            x = Graph.Node("Add", [x, Attention(this, Norm(this, x), i)]);
            x = Graph.Node("Add", [x, FeedForward(this, Norm(this, x))]);
        }

        Graph.NodeAs("logits", "MatMul", [Norm(this, x), Graph.Weight(Hidden, Vocabulary)]);
        return Graph.Model();
    }

    public string Linear(string x, int inputs, int outputs) => Graph.Node("MatMul", [x, Graph.Weight(inputs, outputs)]);
}
