using System.IO.Compression;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Symbols;
using LlmSim.Tests;
using Xunit.Abstractions;

namespace LlmSim.Graphs.Tests.Shapes;

/// <summary>Shapes against what ONNX Runtime produced when it ran the graphs, and against a symbolic tool where it could not run them.</summary>
public sealed class ReferenceShapeTests(ITestOutputHelper output)
{
    private const string SharedBuffer = "the tool gives the present of GroupQueryAttention the past's length, which is true only of shared buffers";
    private const string Unified = "the tool took sequence and total for one size in this model's mask";
    private const string Routed = "how many rows a router sends to an expert is data; the tool takes what was traced, or a symbol";

    private const string Scalars = "this file's Concat lists numbers without Unsqueeze, which ONNX Runtime refuses; the tool does not count them";

    /// <summary>How many tensors may differ from the symbolic tool's, by reason. ONNX Runtime's own runs have no exception.</summary>
    private static readonly Dictionary<string, int> SymbolicExceptions = new() { [SharedBuffer] = 1064, [Unified] = 10, [Routed] = 142, [Scalars] = 48 };

    [SharedFact]
    public void Tensors_have_the_shapes_of_every_run_of_onnx_runtime()
    {
        var graphs = new Dictionary<string, Graph>();
        int tensors = 0, nodes = 0;
        var wrong = new List<string>();
        foreach (var file in References("ort"))
        {
            using var json = Read(file);
            var graph = Graph(graphs, json.RootElement.GetProperty("model").GetString()!);
            var bound = graph.Bind(Binding(graph, json.RootElement.GetProperty("dims")));
            foreach (var entry in json.RootElement.GetProperty("tensors").EnumerateObject())
            {
                tensors++;
                var tensor = graph.Find(entry.Name);
                Compare($"{Path.GetFileName(file)} {tensor}", Sizes(entry.Value), tensor is null ? null : bound.ShapeOf(tensor), wrong);
            }

            var byName = graph.Nodes.ToDictionary(n => n.Name);
            foreach (var entry in json.RootElement.GetProperty("nodes").EnumerateArray())
            {
                // What ran inside subgraphs, or was inserted by the runtime, is not a node of this graph.
                if (!byName.TryGetValue(entry.GetProperty("name").GetString()!, out var node)) continue;
                if (node.OpType != entry.GetProperty("op").GetString() || !entry.GetProperty("in_model").GetBoolean()) continue;
                nodes++;
                var inputs = entry.GetProperty("in").EnumerateArray().ToArray();
                var given = node.Inputs.Where(t => t is not null).ToArray();
                if (inputs.Length != given.Length) continue;
                for (var i = 0; i < given.Length; i++)
                    Compare($"{Path.GetFileName(file)} {node} input {i}", Sizes(inputs[i].GetProperty("s")), bound.ShapeOf(given[i]!), wrong);
            }
        }

        output.WriteLine($"{tensors} tensors and the inputs of {nodes} nodes compared, {wrong.Count} differ");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Take(40)));
        Assert.Equal(37185, tensors);
    }

    [SharedFact]
    public void Shapes_equal_the_symbolic_tools_where_onnx_runtime_could_not_run()
    {
        var ran = References("ort").Select(f => Path.GetFileName(f)[..Path.GetFileName(f).LastIndexOf("__B", StringComparison.Ordinal)]).ToHashSet();
        var graphs = new Dictionary<string, Graph>();
        var exceptions = SymbolicExceptions.Keys.ToDictionary(k => k, _ => 0);
        var tensors = 0;
        var wrong = new List<string>();
        foreach (var file in References("symbolic"))
        {
            if (ran.Contains(Path.GetFileName(file)[..^".json.gz".Length])) continue;
            using var json = Read(file);
            if (!json.RootElement.GetProperty("ok").GetBoolean()) continue;
            var graph = Graph(graphs, json.RootElement.GetProperty("model").GetString()!);
            DimBinding[] bindings = [graph.Symbols.Binding(2, 7, 5), graph.Symbols.Binding(3, 1, 11)];
            foreach (var entry in json.RootElement.GetProperty("tensors").EnumerateObject())
            {
                tensors++;
                var tensor = graph.Find(entry.Name)!;
                var expected = new Shape([.. entry.Value.GetProperty("s").EnumerateArray().Select(d => Size(d, graph))]);
                if (bindings.All(b => expected.Evaluate(b).SequenceEqual(tensor.Shape!.Evaluate(b)))) continue;
                if (tensor.Producer is { OpType: "GroupQueryAttention" } && tensor.ProducerSlot > 0) exceptions[SharedBuffer]++;
                else if (file.Contains("llama-2-7b-fp16-mha-cpu", StringComparison.Ordinal) && tensor.Name.Contains("attn_mask_reformat", StringComparison.Ordinal)) exceptions[Unified]++;
                else if (file.Contains("mixtral-tiny", StringComparison.Ordinal) && tensor.Name.Contains("block_sparse_moe", StringComparison.Ordinal)) exceptions[Routed]++;
                else if (file.Contains("bert_squad", StringComparison.Ordinal) && tensor.Producer is { OpType: "Concat" }) exceptions[Scalars]++;
                else wrong.Add($"{Path.GetFileName(file)} {tensor} by {tensor.Producer}: not {expected}");
            }
        }

        output.WriteLine($"{tensors} tensors compared");
        foreach (var (reason, count) in exceptions) output.WriteLine($"{count}: {reason}");
        Assert.True(wrong.Count == 0, $"{wrong.Count}\n" + string.Join("\n", wrong.Take(40)));
        foreach (var (reason, count) in exceptions) Assert.True(count <= SymbolicExceptions[reason], $"{count}: {reason}");
    }

    [SharedFact]
    public void Operator_tests_of_the_format_have_the_shapes_they_declare()
    {
        var wrong = new List<string>();
        int compared = 0, unknown = 0;
        foreach (var file in Directory.GetFiles(SharedData.Path("onnx/models/onnx_backend_node_tests"), "*.onnx").Order(StringComparer.Ordinal))
        {
            var errors = new InputErrors();
            var graph = GraphImport.Read(file, errors)!;
            Assert.False(errors.Any, string.Join("\n", errors.Items));
            unknown += graph.UnknownOperators.Count;
            foreach (var result in graph.Outputs)
            {
                if (result.DeclaredShape is not { IsConstant: true } declared || result.Shape is not { } shape) continue;
                compared++;
                if (shape.Rank != declared.Rank || !shape.Dims.ToArray().Zip(declared.Dims.ToArray()).All(p => p.First == p.Second || !p.First.IsConstant))
                    wrong.Add($"{Path.GetFileName(file)} {result}: not {declared}");
                else if (!shape.IsConstant) wrong.Add($"{Path.GetFileName(file)} {result}: open, not {declared}");
            }
        }

        output.WriteLine($"{compared} outputs compared, {unknown} operators unknown");
        Assert.True(wrong.Count == 0, $"{wrong.Count}\n" + string.Join("\n", wrong.Take(60)));
    }

    private static IEnumerable<string> References(string kind) =>
        Directory.GetFiles(SharedData.Path("onnx/reference_shapes/" + kind), "*.json.gz").Order(StringComparer.Ordinal);

    private static JsonDocument Read(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        return JsonDocument.Parse(stream);
    }

    private static Graph Graph(Dictionary<string, Graph> graphs, string model)
    {
        if (graphs.TryGetValue(model, out var graph)) return graph;
        var errors = new InputErrors();
        graph = GraphImport.Read(SharedData.Path("onnx/models/" + model), errors);
        Assert.True(!errors.Any, string.Join("\n", errors.Items));
        return graphs[model] = graph!;
    }

    /// <summary>The sizes of a run; a dimension that the file leaves without a name was run with 1.</summary>
    private static DimBinding Binding(Graph graph, JsonElement dims)
    {
        var binding = new DimBinding();
        foreach (var (name, _) in graph.Symbols.Roles) binding.Set(name, 1);
        foreach (var dim in dims.EnumerateObject()) binding.Set(dim.Name, dim.Value.GetInt64());
        return binding;
    }

    private static Dim Size(JsonElement size, Graph graph)
    {
        if (size.ValueKind == JsonValueKind.Number) return size.GetInt64();
        return Dim.Parse(size.GetString()!).Substitute(name => graph.Symbols.Derived.Where(d => d.Key == name).Select(d => (Dim?)d.Value).FirstOrDefault());
    }

    private static string Sizes(JsonElement array) => string.Join(", ", array.EnumerateArray().Select(d => d.GetInt64()));

    private static void Compare(string what, string expected, long[]? actual, List<string> wrong)
    {
        var found = actual is null ? "no shape" : string.Join(", ", actual);
        if (found != expected) wrong.Add($"{what}: [{found}], not [{expected}]");
    }
}
