using System.Globalization;
using LlmSim.Files;
using LlmSim.Graphs.Collections;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Shapes;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Import;

/// <summary>Turns the records of a file into graphs: names into tensors, scopes, constants, topological order.</summary>
internal sealed class GraphAssembly(string file, InputErrors errors)
{
    private readonly ExternalConstants _external = new(file, errors);
    private readonly Growing<(string Text, Dim Dim)> _parameters = new();

    /// <summary>The main graph.</summary>
    /// <param name="model">The model.</param>
    /// <param name="nodes">Nodes of its main graph, functions inlined.</param>
    public Graph Main(OnnxModel model, IReadOnlyList<OnnxNode> nodes)
    {
        var graph = new Graph(model.Graph.Name, parent: null)
        {
            Producer = (model.ProducerName + " " + model.ProducerVersion).Trim(),
            Opset = model.OpsetImports.GetValueOrDefault(""),
        };
        Fill(graph, model.Graph, nodes, []);
        return graph;
    }

    /// <param name="graph">Filled here.</param>
    /// <param name="source">What the file has.</param>
    /// <param name="sourceNodes">Its nodes.</param>
    /// <param name="captured">Receives the tensors of outer graphs that are read here.</param>
    private void Fill(Graph graph, OnnxGraph source, IReadOnlyList<OnnxNode> sourceNodes, HashSet<GraphTensor> captured)
    {
        graph.FileNodeCount = source.Nodes.Count;
        AddInputs(graph, source);
        var nodes = AddNodes(graph, sourceNodes);
        AddValueInfos(graph, source.ValueInfos);
        var inner = new HashSet<GraphTensor>?[nodes.Count];
        for (var i = 0; i < nodes.Count; i++) inner[i] = Connect(graph, nodes[i].Node, nodes[i].Source, captured);
        graph.Outputs = Outputs(graph, source, captured);
        graph.Nodes = new TopologicalOrder(file, errors).Sort(graph, nodes, inner);
        foreach (var node in graph.Nodes)
        {
            for (var slot = 0; slot < node.Inputs.Count; slot++) node.Inputs[slot]?.AddUse(node, slot);
        }

        for (var i = 0; i < nodes.Count; i++)
        {
            if (inner[i] is not { } read) continue;
            foreach (var tensor in read) tensor.AddUse(nodes[i].Node, -1);
        }
    }

    private void AddInputs(Graph graph, OnnxGraph source)
    {
        var inputs = new List<GraphTensor>(source.Inputs.Count);
        var initializers = new List<GraphTensor>(source.Initializers.Count);
        foreach (var initializer in source.Initializers)
        {
            // Of two with one name the last one counts, as in ONNX Runtime.
            if (graph.Find(initializer.Name) is not { } tensor)
            {
                initializers.Add(tensor = graph.Add(initializer.Name));
                tensor.IsInitializer = true;
            }

            SetConstant(tensor, initializer);
        }

        foreach (var input in source.Inputs)
        {
            // Up to IR version 3 every initializer is listed as an input, too; it then has a value of its own.
            if (graph.Find(input.Name) is { } existing)
            {
                if (!existing.IsInitializer) errors.Add(file, 0, input.Name, "two inputs have this name", "export the model again");
                continue;
            }

            var tensor = graph.Add(input.Name);
            tensor.IsGraphInput = true;
            tensor.ElementType = input.ElementType;
            tensor.Shape = tensor.DeclaredShape = Declared(input);
            inputs.Add(tensor);
        }

        graph.Inputs = inputs;
        graph.Initializers = initializers;
    }

    private void SetConstant(GraphTensor tensor, OnnxTensor constant)
    {
        tensor.Constant = _external.WithData(constant);
        tensor.ElementType = constant.ElementType;
        var dims = new Dim[IsRank(tensor.Name, constant.Dimensions.Count) ? constant.Dimensions.Count : 0];
        for (var i = 0; i < dims.Length; i++) dims[i] = constant.Dimensions[i];
        tensor.Shape = new Shape(dims);
    }

    /// <summary>Declares the outputs of all nodes, so that order in the file does not matter. Constants become tensors.</summary>
    private List<(GraphNode Node, OnnxNode Source)> AddNodes(Graph graph, IReadOnlyList<OnnxNode> sources)
    {
        var nodes = new List<(GraphNode, OnnxNode)>(sources.Count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < sources.Count; i++)
        {
            var source = sources[i];
            if (ConstantNodes.TryTensor(source, out var constant))
            {
                // Optimisers leave constants of one name twice. As in ONNX Runtime, the last one counts.
                if (graph.Find(source.Outputs[0]) is { IsConstant: true } earlier) SetConstant(earlier, constant);
                else if (IsFree(graph, source.Outputs[0])) SetConstant(graph.Add(source.Outputs[0]), constant);
                continue;
            }

            var name = source.Name;
            if (name.Length == 0 || !names.Add(name))
            {
                name = (name.Length == 0 ? source.OpType : name) + "#" + i.ToString(CultureInfo.InvariantCulture);
                while (!names.Add(name)) name += "'";
            }

            var node = new GraphNode(graph, source, name);
            if (source.OpType.Length == 0) errors.Add(file, 0, name, "a node without an operator", "export the model again");
            var outputs = new GraphTensor?[source.Outputs.Count];
            for (var slot = 0; slot < outputs.Length; slot++)
            {
                var output = source.Outputs[slot];
                if (output.Length == 0 || !IsFree(graph, output)) continue;
                outputs[slot] = graph.Add(output);
                outputs[slot]!.Producer = node;
                outputs[slot]!.ProducerSlot = slot;
            }

            node.Outputs = outputs;
            nodes.Add((node, source));
        }

        return nodes;
    }

    private bool IsFree(Graph graph, string output)
    {
        if (graph.Find(output) is null) return true;
        errors.Add(file, 0, output, "is computed by two nodes, or by a node although it is an input or a constant", "export the model again");
        return false;
    }

    private void AddValueInfos(Graph graph, IReadOnlyList<OnnxValueInfo> values)
    {
        foreach (var value in values)
        {
            if (graph.Find(value.Name) is not { IsGraphInput: false, IsConstant: false } tensor) continue;
            tensor.DeclaredShape = Declared(value);
            tensor.ElementType = value.ElementType;
        }
    }

    /// <summary>Resolves a node's inputs and imports its subgraphs.</summary>
    /// <returns>What the subgraphs read from this graph and those around; null when there are none.</returns>
    private HashSet<GraphTensor>? Connect(Graph graph, GraphNode node, OnnxNode source, HashSet<GraphTensor> captured)
    {
        var inputs = new GraphTensor?[source.Inputs.Count];
        for (var slot = 0; slot < inputs.Length; slot++)
        {
            if (source.Inputs[slot].Length == 0) continue;
            inputs[slot] = graph.Resolve(source.Inputs[slot]);
            if (inputs[slot] is null)
                errors.Add(file, 0, node.Name, $"{node.FullType} reads \"{source.Inputs[slot]}\", which is no input, no constant, and computed by no node", "export the model again");
            else if (inputs[slot]!.Owner != graph)
                captured.Add(inputs[slot]!);
        }

        node.Inputs = inputs;
        List<KeyValuePair<string, Graph>>? subgraphs = null;
        HashSet<GraphTensor>? inner = null;
        foreach (var attribute in source.Attributes)
        {
            if (attribute.Graph is not { } body) continue;
            var subgraph = new Graph(body.Name, graph) { ParentNode = node, Opset = graph.Opset, Producer = graph.Producer };
            Fill(subgraph, body, body.Nodes, inner ??= []);
            (subgraphs ??= []).Add(new(attribute.Name, subgraph));
        }

        if (subgraphs is not null) node.Subgraphs = subgraphs;
        if (inner is null) return null;
        foreach (var tensor in inner)
            if (tensor.Owner != graph) captured.Add(tensor);
        return inner;
    }

    private List<GraphTensor> Outputs(Graph graph, OnnxGraph source, HashSet<GraphTensor> captured)
    {
        var outputs = new List<GraphTensor>(source.Outputs.Count);
        foreach (var output in source.Outputs)
        {
            // An output of a subgraph may be a value of a graph around it.
            if (graph.Resolve(output.Name) is not { } tensor)
            {
                errors.Add(file, 0, output.Name, "is an output of the graph, but nothing computes it", "export the model again");
                continue;
            }

            outputs.Add(tensor);
            if (tensor.Owner != graph)
            {
                captured.Add(tensor);
                continue;
            }

            tensor.IsGraphOutput = true;
            tensor.DeclaredShape ??= Declared(output);
            if (tensor.ElementType == OnnxElementType.Undefined) tensor.ElementType = output.ElementType;
        }

        return outputs;
    }

    private Shape? Declared(OnnxValueInfo value)
    {
        if (value.Dimensions is null || !IsRank(value.Name, value.Dimensions.Count)) return null;
        var dims = new Dim[value.Dimensions.Count];
        for (var i = 0; i < dims.Length; i++)
        {
            var dimension = value.Dimensions[i];
            dims[i] = dimension.Value is { } size ? Math.Max(0, size) : dimension.Parameter is { } parameter ? Parsed(parameter) : Dim.Unknown;
        }

        return new Shape(dims);
    }

    /// <summary>Few names stand for most dimensions, so each is read once.</summary>
    private Dim Parsed(string parameter)
    {
        foreach (var (text, known) in _parameters.Span)
            if (string.Equals(text, parameter, StringComparison.Ordinal)) return known;
        var dim = Dim.Parse(parameter);
        if (_parameters.Count < 64) _parameters.Add((parameter, dim));
        return dim;
    }

    private bool IsRank(string name, int rank)
    {
        if (rank <= ShapeContext.MaxRank) return true;
        errors.Add(file, 0, name, $"has {rank} dimensions", $"at most {ShapeContext.MaxRank} are read");
        return false;
    }
}
