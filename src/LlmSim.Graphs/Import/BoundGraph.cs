using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Import;

/// <summary>A graph with sizes for its symbols: the concrete shape of every tensor. Shapes are computed when they are asked for.</summary>
public sealed class BoundGraph
{
    private readonly Dictionary<Graph, long[]?[]> _shapes = [];

    internal BoundGraph(Graph graph, DimBinding binding)
    {
        Graph = graph;
        Binding = binding;
    }

    /// <summary>The graph.</summary>
    public Graph Graph { get; }

    /// <summary>The sizes.</summary>
    public DimBinding Binding { get; }

    /// <summary>The shape of a tensor of the graph or of its subgraphs; −1 for a dimension that the binding does not determine; null for an unknown rank.</summary>
    public long[]? ShapeOf(GraphTensor tensor)
    {
        if (!_shapes.TryGetValue(tensor.Owner, out var shapes)) _shapes[tensor.Owner] = shapes = new long[]?[tensor.Owner.Tensors.Count];
        return shapes[tensor.Index] ??= tensor.Shape?.Evaluate(Binding);
    }

    /// <summary>Elements of a tensor; null when its shape is not fully determined.</summary>
    public double? ElementsOf(GraphTensor tensor)
    {
        if (ShapeOf(tensor) is not { } shape) return null;
        var product = 1.0;
        foreach (var size in shape)
        {
            if (size < 0) return null;
            product *= size;
        }

        return product;
    }
}
