using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Recognition;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>Short ways from a graph to the model recognised in it.</summary>
internal static class Recognised
{
    public static LanguageModel Of(OnnxModel model)
    {
        var errors = new InputErrors();
        var graph = GraphImport.From(model, "model.onnx", errors);
        errors.ThrowIfAny();
        return ModelRecognition.Recognise(graph!, "model");
    }

    public static LanguageModel File(string path)
    {
        var errors = new InputErrors();
        var graph = GraphImport.Read(path, errors);
        errors.ThrowIfAny();
        return ModelRecognition.Recognise(graph!, Path.GetFileNameWithoutExtension(path));
    }

    /// <summary>A graph that the repository ships.</summary>
    public static LanguageModel Shipped(string name) => File(Repository.Path($"models/{name}.onnx"));

    /// <summary>A real graph of the shared data.</summary>
    public static LanguageModel Real(string folder) => File(SharedData.Path($"onnx/models/{folder}/model.onnx"));

    /// <summary>FLOPs of one execution of a group.</summary>
    public static double Flops(LayerGroup group, in BatchShape batch)
    {
        double sum = 0;
        foreach (var op in group.Operators) sum += op.Spec.Work(batch, Precision.Fp16).Flops;
        return sum;
    }

    /// <summary>Bytes of a group's weights, kept as stored.</summary>
    public static double WeightBytes(LayerGroup group, NumberFormat activations) =>
        group.Operators.Sum(o => o.Spec.WeightBytes(new Precision(null, activations, activations)));

    /// <summary>Everything that must hold for any recognised model: names, values and their flow.</summary>
    public static void AssertSound(LanguageModel model)
    {
        Assert.InRange(model.Coverage, 0, 1);
        foreach (var group in model.Groups)
        {
            Assert.Equal(group.Operators.Count, group.Operators.Select(o => o.Name).Distinct().Count());
            var known = new HashSet<int> { 0 };
            var produced = new HashSet<int>();
            foreach (var op in group.Operators)
            {
                Assert.NotEmpty(op.Outputs);
                // What nothing in the group makes comes from outside, but never before it is made.
                foreach (var input in op.Inputs)
                {
                    Assert.InRange(input, 0, group.Values.Count - 1);
                    known.Add(input);
                }

                foreach (var output in op.Outputs)
                {
                    Assert.DoesNotContain(output, known);
                    Assert.True(produced.Add(output), $"{group.Name}: value {output} is made twice");
                    known.Add(output);
                }
            }

            Assert.Contains(group.OutputValue, known);
            Assert.All(group.Values, v => Assert.True(v.PerToken >= 0 && double.IsFinite(v.PerToken), v.ToString()));
        }

        var layers = model.LayerGroups.SelectMany(g => g.Layers).Order().ToList();
        Assert.Equal(Enumerable.Range(0, layers.Count), layers);
    }
}
