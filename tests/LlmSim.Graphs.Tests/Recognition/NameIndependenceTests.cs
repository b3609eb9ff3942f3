using LlmSim.Files;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Operators;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>A graph means the same whatever its nodes and tensors are called and in whatever order they stand in the file.</summary>
public class NameIndependenceTests
{
    [Theory]
    [InlineData("qwen3-0.6b", 1)]
    [InlineData("deepseek-v2-lite", 2)]
    [InlineData("gpt-oss-20b", 3)]
    [InlineData("gemma-2-2b", 4)]
    [InlineData("gpt-j-6b", 5)]
    public void Shipped_graphs(string name, int seed) => AssertSame(Repository.Path($"models/{name}.onnx"), seed);

    [SharedTheory]
    [InlineData("hf_torchscript_torch1.13/llama-tiny-2l", 6)]
    [InlineData("hf_torchscript_torch1.13/mixtral-tiny-2l-8e", 7)]
    [InlineData("hf_torchscript_torch1.13/gpt2-124m", 8)]
    [InlineData("hf_torchscript_torch1.13/opt-125m", 9)]
    [InlineData("onnxscript_dynamo_retraced/phi4lm", 10)]
    [InlineData("genai_builder_v0.8.2/llama-2-7b-fp16-mha-cpu", 11)]
    public void Real_graphs(string folder, int seed) => AssertSame(SharedData.Path($"onnx/models/{folder}/model.onnx"), seed);

    private static void AssertSame(string path, int seed)
    {
        var errors = new InputErrors();
        var model = OnnxReader.Read(path, errors);
        errors.ThrowIfAny();
        var expected = Recognised.Of(model!);
        var actual = Recognised.Of(Disguise(model!, new Random(seed)));
        Recognised.AssertSound(actual);
        Assert.Equal(expected.Parameters, actual.Parameters);
        Assert.Equal(expected.KvElementsPerToken, actual.KvElementsPerToken);
        Assert.Equal(expected.Coverage, actual.Coverage);
        Assert.Equal(expected.Windows, actual.Windows);
        Assert.Equal(expected.LayerGroups.Count, actual.LayerGroups.Count);
        foreach (var (a, b) in expected.Groups.Zip(actual.Groups))
        {
            Assert.Equal(a.Layers, b.Layers);
            Assert.Equal(a.Operators.Select(o => (o.Name, o.Spec)), b.Operators.Select(o => (o.Name, o.Spec)));
            Assert.Equal(a.Values, b.Values);
        }
    }

    // Inputs and outputs keep their names: they are the model's interface.
    private static OnnxModel Disguise(OnnxModel model, Random random)
    {
        var graph = model.Graph;
        var kept = graph.Inputs.Concat(graph.Outputs).Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { [""] = "" };
        string Rename(string name)
        {
            if (kept.Contains(name)) return name;
            if (!names.TryGetValue(name, out var other)) names[name] = other = $"t{random.Next()}_{names.Count}";
            return other;
        }

        var nodes = graph.Nodes
            .Select(n => n with { Name = $"n{random.Next()}", Inputs = [.. n.Inputs.Select(Rename)], Outputs = [.. n.Outputs.Select(Rename)] })
            .OrderBy(_ => random.Next()).ToList();
        return model with
        {
            Graph = graph with
            {
                Name = "g",
                Nodes = nodes,
                Initializers = [.. graph.Initializers.Select(t => t with { Name = Rename(t.Name) }).OrderBy(_ => random.Next())],
                ValueInfos = [],
            },
        };
    }
}
