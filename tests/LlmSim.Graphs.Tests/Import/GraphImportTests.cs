using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;
using LlmSim.Graphs.Tests.Onnx;

namespace LlmSim.Graphs.Tests.Import;

public sealed class GraphImportTests
{
    [Fact]
    public void Nodes_are_sorted_whatever_their_order_in_the_file()
    {
        var graph = new SmallGraph().Input("x", OnnxElementType.Float, 4L).Node("Neg", ["b"], ["y"]).Node("Relu", ["a"], ["b"]).Node("Abs", ["x"], ["a"]).Output("y").Import();
        Assert.Equal(["Abs", "Relu", "Neg"], graph.Nodes.Select(n => n.OpType));
        Assert.Equal([0, 1, 2], graph.Nodes.Select(n => n.Index));
        Assert.Equal("[4]", graph.Find("y")!.Shape!.ToString());
        Assert.Same(graph.Nodes[1], graph.Find("a")!.Uses.Single().Node);
    }

    [Fact]
    public void A_cycle_is_refused_with_the_names_of_its_nodes()
    {
        var error = Assert.Single(Errors(new SmallGraph().Input("x", OnnxElementType.Float, 4L).Node("Add", ["x", "c"], ["a"]).Node("Relu", ["a"], ["b"]).Node("Neg", ["b"], ["c"]).Output("c")));
        Assert.Contains("cycle", error.Problem, StringComparison.Ordinal);
        foreach (var name in new[] { "Add_0", "Relu_1", "Neg_2" }) Assert.Contains(name, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_wrong_is_reported_at_once()
    {
        var errors = Errors(new SmallGraph().Input("x", OnnxElementType.Float, 4L).Input("x", OnnxElementType.Float, 4L)
            .Node("Relu", ["nothing"], ["a"]).Node("Neg", ["x"], ["a"]).Output("a").Output("absent"));
        Assert.Equal(["x", "a", "Relu_0", "absent"], errors.Select(e => e.Member));
        Assert.Contains("\"nothing\"", errors[2].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_shape_contradiction_is_reported_with_its_node_and_shapes()
    {
        var errors = Errors(new SmallGraph().Input("x", OnnxElementType.Float, "n", 4L).Weight("w", OnnxElementType.Float, 5, 8).Weight("v", OnnxElementType.Float, 3)
            .Node("MatMul", ["x", "w"], ["a"]).Node("Add", ["x", "v"], ["b"]).Node("Concat", ["w", "x"], ["c"], SmallGraph.Int("axis", 0)).Output("a").Output("b").Output("c"));
        Assert.Equal(["MatMul_0", "Add_1", "Concat_2"], errors.Select(e => e.Member));
        Assert.Contains("[n, 4] times [5, 8]", errors[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_are_missing_or_repeated_become_unique()
    {
        var node = new OnnxNode { OpType = "Relu", Inputs = ["x"], Outputs = ["a"] };
        var graph = new SmallGraph().Input("x", OnnxElementType.Float, 4L).Node(node).Node(node with { Outputs = ["b"] })
            .Node(node with { Name = "Relu#0", Outputs = ["c"] }).Node(node with { Name = "Relu#0", Outputs = ["d"] }).Output("a").Import();
        Assert.Equal(4, graph.Nodes.Select(n => n.Name).Distinct().Count());
    }

    [Fact]
    public void Local_functions_are_inlined_with_their_attributes()
    {
        var errors = new InputErrors();
        var graph = GraphImport.From(OnnxReader.Read(FuzzModels.All()[3], "f.onnx", errors)!, "f.onnx", errors)!;
        Assert.Equal(["Add", "Cast", "Add", "Cast", "Mystery"], graph.Nodes.Select(n => n.OpType));
        Assert.Equal(OnnxElementType.Float16, graph.Find("y")!.ElementType);
        Assert.Equal("[s0 + 2*s1, 8]", graph.Find("z")!.Shape!.ToString());
        Assert.Equal("somebody:Mystery", graph.UnknownOperators.Single().Key);
        Assert.False(graph.Nodes[^1].IsKnownOperator);
        Assert.Equal(2, graph.Find("w")!.Shape!.Rank);
    }

    [Fact]
    public void A_function_that_calls_itself_is_refused()
    {
        var call = new OnnxNode { OpType = "F", Domain = "local", Inputs = ["a"], Outputs = ["b"] };
        var errors = Errors(new SmallGraph().Input("a", OnnxElementType.Float, 1L).Function(new OnnxFunction { Name = "F", Domain = "local", Inputs = ["a"], Outputs = ["b"], Nodes = [call] }).Node(call).Output("b"));
        Assert.Contains("calls itself", errors[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_multiply_end_in_an_error_not_in_memory()
    {
        var graph = new SmallGraph().Input("a", OnnxElementType.Float, 1L);
        for (var i = 0; i < 30; i++)
        {
            var inner = i == 29 ? "Relu" : "F" + (i + 1);
            var domain = i == 29 ? "" : "local";
            graph.Function(new OnnxFunction
            {
                Name = "F" + i,
                Domain = "local",
                Inputs = ["a"],
                Outputs = ["c"],
                Nodes = [new OnnxNode { OpType = inner, Domain = domain, Inputs = ["a"], Outputs = ["b"] }, new OnnxNode { OpType = inner, Domain = domain, Inputs = ["b"], Outputs = ["c"] }],
            });
        }

        graph.Node(new OnnxNode { OpType = "F0", Domain = "local", Inputs = ["a"], Outputs = ["z"] }).Output("z");
        Assert.Contains("inlining", Errors(graph)[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Subgraphs_have_their_own_scope_and_see_the_one_around()
    {
        var errors = new InputErrors();
        var graph = GraphImport.From(OnnxReader.Read(FuzzModels.All()[2], "f.onnx", errors)!, "f.onnx", errors)!;
        var branch = graph.Nodes.Single(n => n.OpType == "If").Subgraph("then_branch")!;
        Assert.Same(graph.Find("x"), branch.Nodes[0].Inputs[0]);
        Assert.Equal("[n, 8]", branch.Outputs[0].Shape!.ToString());
        Assert.Contains(graph.Find("x")!.Uses, u => u.Slot == -1 && u.Node.OpType == "If");
        Assert.Equal("[n, 8]", graph.Find("y")!.Shape!.ToString());
        Assert.Equal("[3, n, 8]", graph.Find("all")!.Shape!.ToString());
    }

    [Fact]
    public void The_total_length_follows_from_what_the_outputs_declare()
    {
        var errors = new InputErrors();
        var graph = GraphImport.From(OnnxReader.Read(FuzzModels.All()[1], "f.onnx", errors)!, "f.onnx", errors)!;
        Assert.Equal("past_sequence_length + sequence_length", graph.Symbols.Derived.Single(d => d.Key == "total_sequence_length").Value.ToString());
        Assert.Equal(SymbolRole.Past, graph.Symbols.Roles.Single(r => r.Key == "past_sequence_length").Value);
        var bound = graph.Bind(batch: 2, sequence: 7, past: 5);
        Assert.Equal([2, 2, 12, 16], bound.ShapeOf(graph.Find("present_key")!)!);
        Assert.Equal([2, 12], bound.ShapeOf(graph.Find("attention_mask")!)!);
    }

    [Fact]
    public void Shape_arithmetic_is_followed_through_lists_of_sizes()
    {
        var errors = new InputErrors();
        var graph = GraphImport.From(OnnxReader.Read(FuzzModels.All()[0], "f.onnx", errors)!, "f.onnx", errors)!;
        Assert.Equal("[batch, sequence, 4, 16]", graph.Find("q4")!.Shape!.ToString());
        Assert.Equal("[batch, 4, past + sequence, 16]", graph.Find("k")!.Shape!.ToString());
        Assert.Equal("[sequence]", graph.Find("r")!.Shape!.ToString());
        Assert.Equal("[batch, sequence, 64]", graph.Find("h")!.Shape!.ToString());
        Assert.Equal("[max(0, batch - 1), sequence, 64]", graph.Find("sl")!.Shape!.ToString());
    }

    [Fact]
    public void Scalars_that_constants_make_are_known()
    {
        var graph = new SmallGraph().Input("x", OnnxElementType.Float, "n", 64L)
            .Initializer(new OnnxTensor { Name = "size", ElementType = OnnxElementType.Float, Dimensions = [], Data = BitConverter.GetBytes(64f) })
            .Node("Sqrt", ["size"], ["root"]).Node("Reciprocal", ["root"], ["scale"]).Node("Mul", ["x", "scale"], ["y"]).Output("y").Import();
        Assert.True(graph.Find("scale")!.TryGetScalar(out var scale));
        Assert.Equal(0.125, scale);
        Assert.False(graph.Find("y")!.TryGetScalar(out _));
    }

    [Theory]
    [InlineData("../secret.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("a/../../b")]
    [InlineData("C:\\weights.bin")]
    public void Data_outside_the_models_folder_is_refused(string location)
    {
        var errors = Errors(new SmallGraph().Initializer(new OnnxTensor { Name = "w", ElementType = OnnxElementType.Int64, Dimensions = [2], External = new OnnxExternalData(location, 0, 16) }));
        Assert.Contains("outside", Assert.Single(errors).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Small_constants_are_read_from_the_data_file_and_an_absent_one_is_no_error()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var model = new SmallGraph().Input("x", OnnxElementType.Float, "n", 6L)
                .Initializer(new OnnxTensor { Name = "to", ElementType = OnnxElementType.Int64, Dimensions = [3], External = new OnnxExternalData("m.data", 8, 24) })
                .Node("Reshape", ["x", "to"], ["y"]).Output("y");
            var path = Path.Combine(folder.FullName, "m.onnx");
            File.WriteAllBytes(path, model.Bytes());
            var errors = new InputErrors();
            Assert.Equal(3, GraphImport.Read(path, errors)!.Find("y")!.Shape!.Rank);
            var data = new byte[32];
            (data[8], data[16], data[24]) = (0, 2, 3);
            File.WriteAllBytes(Path.Combine(folder.FullName, "m.data"), data);
            Assert.Equal("[n, 2, 3]", GraphImport.Read(path, errors)!.Find("y")!.Shape!.ToString());
            Assert.Empty(errors.Items);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<InputError> Errors(SmallGraph graph)
    {
        var errors = new InputErrors();
        Assert.Null(graph.Import(errors));
        return errors.Items;
    }
}
