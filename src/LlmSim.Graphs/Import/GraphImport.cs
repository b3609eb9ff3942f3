using LlmSim.Files;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Shapes;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Import;

/// <summary>Imports ONNX models of any exporter, with weights embedded, in a data file, or absent.</summary>
public static class GraphImport
{
    /// <summary>Reads a file and imports its graph.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="errors">Receives everything that is wrong.</param>
    /// <returns>The graph; null when anything is wrong.</returns>
    public static Graph? Read(string path, InputErrors errors)
    {
        var before = errors.Count;
        var model = OnnxReader.Read(path, errors);
        return model is null ? null : From(model, path, errors, before);
    }

    /// <summary>Imports the graph of a model that has been read or built.</summary>
    /// <param name="model">The model.</param>
    /// <param name="file">Its file, for errors, and to find small constants that lie in a data file beside it.</param>
    /// <param name="errors">Receives everything that is wrong.</param>
    /// <returns>The graph; null when anything is wrong.</returns>
    public static Graph? From(OnnxModel model, string file, InputErrors errors) => From(model, file, errors, errors.Count);

    private static Graph? From(OnnxModel model, string file, InputErrors errors, int before)
    {
        var nodes = FunctionInlining.Expand(model, file, errors);
        var graph = new GraphAssembly(file, errors).Main(model, nodes);
        if (errors.Count > before) return null;
        graph.Metadata = model.Metadata;
        InferShapes(graph, file, errors);
        return errors.Count > before ? null : graph;
    }

    /// <summary>Shapes in two rounds at most: the second, where the first shows that one of the inputs' symbols follows from others.</summary>
    private static void InferShapes(Graph graph, string file, InputErrors errors)
    {
        NameUnknownInputs(graph);
        var inference = new ShapeInference(file, errors);
        var before = errors.Count;
        inference.Infer(graph);
        if (errors.Count > before) return;
        var derived = SymbolRelations.Derived(graph);
        if (derived.Count == 0 && SymbolRelations.TryTotal(graph, out var total, out var sum)) derived[total] = sum;
        if (derived.Count > 0)
        {
            SymbolRelations.Substitute(graph, derived);
            inference.Restart();
            inference.Infer(graph);
        }

        graph.Symbols = SymbolRelations.Describe(graph, derived);
        graph.UnknownOperators = inference.UnknownOperators;
        graph.Notes = inference.Notes;
    }

    /// <summary>A dimension of an input that has no name gets one, so that it can be bound: "input_ids.1".</summary>
    private static void NameUnknownInputs(Graph graph)
    {
        foreach (var input in graph.Inputs)
        {
            if (input.Shape is not { } shape) continue;
            var dims = shape.Dims.ToArray();
            for (var i = 0; i < dims.Length; i++)
                if (dims[i].IsUnknown) dims[i] = Dim.Symbol($"{input.Name}.{i}");
            input.Shape = new Shape(dims);
        }
    }
}
