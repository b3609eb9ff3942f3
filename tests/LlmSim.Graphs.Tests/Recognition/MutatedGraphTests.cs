using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Recognition;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>Whatever graph the import lets through, the recognition answers: no exception, finite work, a sound flow.</summary>
public class MutatedGraphTests
{
    private static readonly string[] Operators =
        ["Add", "Mul", "MatMul", "Softmax", "Concat", "Reshape", "Transpose", "TopK", "Gather", "ReduceMean", "Sqrt", "Sigmoid", "Attention", "MoE", "Split", "Mystery"];

    [Fact]
    public void Broken_decoders_are_read_without_a_fault()
    {
        OnnxModel[] seeds =
        [
            new DecoderSketch { Norm = DecoderSketch.RmsReciprocal }.Model(),
            new DecoderSketch { Attention = DecoderSketch.AttentionRotated, FeedForward = DecoderSketch.ExpertsTracedAndShared }.Model(),
            new DecoderSketch { Attention = DecoderSketch.AttentionNode, FeedForward = DecoderSketch.ExpertsNode }.Model(),
            new DecoderSketch { Attention = DecoderSketch.AttentionPerHead, FeedForward = DecoderSketch.SwigluSliced, Norm = DecoderSketch.LayerTensorFlow }.Model(),
        ];
        var read = 0;
        for (var seed = 0; seed < 1200; seed++)
        {
            var random = new Random(seed);
            var errors = new InputErrors();
            var graph = GraphImport.From(Mutate(seeds[seed % seeds.Length], random), "mutated.onnx", errors);
            if (graph is null) continue;
            read++;
            var model = ModelRecognition.Recognise(graph, "mutated");
            Recognised.AssertSound(model);
            foreach (var group in AttentionExpansion.Unfused(model).Groups)
            {
                foreach (var op in group.Operators)
                {
                    var work = op.Spec.Work(BatchShape.UniformDecode(3, 20, model.Needs), Precision.Fp16);
                    Assert.True(double.IsFinite(work.Flops) && double.IsFinite(work.MemoryBytes) && work.Flops >= 0 && work.MemoryBytes >= 0, $"seed {seed}: {op}");
                }
            }
        }

        Assert.InRange(read, 150, 1200);
    }

    private static OnnxModel Mutate(OnnxModel model, Random random)
    {
        var nodes = model.Graph.Nodes.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(nodes.Count);
            var node = nodes[at];
            switch (random.Next(5))
            {
                case 0:
                    nodes[at] = node with { OpType = Operators[random.Next(Operators.Length)] };
                    break;
                case 1:
                    nodes[at] = node with { Inputs = [.. node.Inputs.Reverse()] };
                    break;
                case 2:
                    nodes[at] = node with { Attributes = [] };
                    break;
                case 3:
                    // An input from an earlier node: no cycle.
                    var inputs = node.Inputs.ToArray();
                    if (inputs.Length > 0 && at > 0) inputs[random.Next(inputs.Length)] = nodes[random.Next(at)].Outputs[0];
                    nodes[at] = node with { Inputs = inputs };
                    break;
                default:
                    nodes[at] = node with { Domain = "com.example" };
                    break;
            }
        }

        return model with { Graph = model.Graph with { Nodes = nodes } };
    }
}
