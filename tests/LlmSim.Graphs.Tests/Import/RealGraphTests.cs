using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Tests;
using Xunit.Abstractions;

namespace LlmSim.Graphs.Tests.Import;

/// <summary>Graphs of the exporters that people use, as their manifest describes them.</summary>
public sealed class RealGraphTests(ITestOutputHelper output)
{
    [SharedFact]
    public void Every_graph_imports_with_the_nodes_and_initializers_of_its_manifest()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(SharedData.Path("onnx/models/MANIFEST.json")));
        foreach (var entry in manifest.RootElement.EnumerateArray())
        {
            var file = entry.GetProperty("file").GetString()!;
            var graph = Imported(SharedData.Path("onnx/models/" + file));
            Assert.True(graph.FileNodeCount == entry.GetProperty("nodes").GetInt32(), file);
            Assert.True(graph.Initializers.Count == entry.GetProperty("initializers").GetInt32(), file);
        }
    }

    /// <summary>Graphs in which some shapes stay open for a bound batch, with the reason; the most tensors that may.</summary>
    private static readonly Dictionary<string, (int Open, string Reason)> OpenShapes = new()
    {
        ["hf_torchscript_torch1.13/mixtral-tiny-2l-8e/model.onnx"] = (97, "how many rows a router sends to an expert is data"),
        ["ort/bert_tf2onnx_if.onnx"] = (338, "its weights were cut to 8 columns, its reshapes were not: the shapes contradict each other"),
        ["ort/dummy_t5_beamsearch.onnx"] = (4, "the decoder in the subgraph has sizes of its own in every step"),
        ["ort/tiny_gpt2_beamsearch.onnx"] = (74, "the decoder in the subgraph has sizes of its own in every step"),
        ["ort/tiny_gpt2_beamsearch_fp16.onnx"] = (154, "the decoder in the subgraph has sizes of its own in every step"),
        ["ort/tiny_gpt2_greedysearch_init_decoder.onnx"] = (87, "the decoder in the subgraph has sizes of its own in every step"),
    };

    [SharedFact]
    public void Binding_determines_every_shape_but_those_that_are_data()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(SharedData.Path("onnx/models/MANIFEST.json")));
        var wrong = new List<string>();
        foreach (var entry in manifest.RootElement.EnumerateArray())
        {
            var file = entry.GetProperty("file").GetString()!;
            var graph = Imported(SharedData.Path("onnx/models/" + file));
            var binding = graph.Symbols.Binding(2, 7, 5);
            foreach (var (name, role) in graph.Symbols.Roles)
                if (role == SymbolRole.Other) binding.Set(name, 16);
            var open = Open(graph, graph.Bind(binding)).ToArray();
            var allowed = OpenShapes.GetValueOrDefault(file);
            if (open.Length > 0) output.WriteLine($"{file}: {open.Length} of {graph.Tensors.Count} open: {allowed.Reason}");
            if (open.Length > allowed.Open) wrong.Add($"{file}: {open.Length}, first {open[0]} by {open[0].Producer}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static IEnumerable<GraphTensor> Open(Graph graph, BoundGraph bound)
    {
        foreach (var tensor in graph.Tensors)
            if (bound.ShapeOf(tensor) is not { } shape || shape.Any(d => d < 0)) yield return tensor;
        foreach (var node in graph.Nodes)
            foreach (var (_, subgraph) in node.Subgraphs)
                foreach (var tensor in Open(subgraph, bound)) yield return tensor;
    }

    [SharedFact]
    public void Every_operator_test_of_the_format_imports()
    {
        var files = Directory.GetFiles(SharedData.Path("onnx/models/onnx_backend_node_tests"), "*.onnx");
        Assert.Equal(442, files.Length);
        foreach (var file in files) Imported(file);
    }

    private static Graph Imported(string path)
    {
        var errors = new InputErrors();
        var graph = GraphImport.Read(path, errors);
        Assert.True(!errors.Any, string.Join("\n", errors.Items));
        return graph!;
    }
}
