using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Import;

/// <summary>Graphs of the exporters that people use, as their manifest describes them.</summary>
public sealed class RealGraphTests
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
