using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Import;

/// <summary>
/// An imported graph: nodes in topological order, local functions inlined, every tensor with its type and symbolic shape as far as they follow
/// from the file and the operators. Built by <see cref="GraphImport"/>; not changed afterwards.
/// </summary>
public sealed class Graph
{
    private readonly Dictionary<string, GraphTensor> _byName = new(StringComparer.Ordinal);
    private readonly List<GraphTensor> _tensors = [];

    internal Graph(string name, Graph? parent)
    {
        Name = name;
        Parent = parent;
    }

    /// <summary>The graph's name in the file; may be empty.</summary>
    public string Name { get; }

    /// <summary>The graph around this one, for a subgraph; null for the main graph.</summary>
    public Graph? Parent { get; }

    /// <summary>The node whose subgraph this is; null for the main graph.</summary>
    public GraphNode? ParentNode { get; internal set; }

    /// <summary>Who wrote the file, with the version: "pytorch 2.5.1".</summary>
    public string Producer { get; internal set; } = "";

    /// <summary>Version of the standard operator set.</summary>
    public long Opset { get; internal set; }

    /// <summary>Free key-value pairs of the file (metadata_props), in file order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; internal set; } = [];

    /// <summary>Nodes in the file's main graph, before functions were inlined and constants taken out.</summary>
    public int FileNodeCount { get; internal set; }

    /// <summary>Nodes, each after those it depends on.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; internal set; } = [];

    /// <summary>All tensors: inputs and initializers first, then outputs of nodes.</summary>
    public IReadOnlyList<GraphTensor> Tensors => _tensors;

    /// <summary>Inputs that a caller gives, in order.</summary>
    public IReadOnlyList<GraphTensor> Inputs { get; internal set; } = [];

    /// <summary>Outputs, in order.</summary>
    public IReadOnlyList<GraphTensor> Outputs { get; internal set; } = [];

    /// <summary>Weights and small tables, in file order.</summary>
    public IReadOnlyList<GraphTensor> Initializers { get; internal set; } = [];

    /// <summary>The sizes that the inputs leave open, and what each means.</summary>
    public GraphSymbols Symbols { get; internal set; } = GraphSymbols.None;

    /// <summary>Operators without shape rules, with how often they occur, by name: they are costed by their bytes.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> UnknownOperators { get; internal set; } = [];

    /// <summary>What is odd about the graph, though it could be imported; one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; internal set; } = [];

    /// <summary>The tensor of that name in this graph; null when there is none.</summary>
    public GraphTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Concrete shapes of all tensors for sizes of the symbols.</summary>
    public BoundGraph Bind(DimBinding binding) => new(this, binding);

    /// <summary>Concrete shapes for one batch, as far as the graph says which of its symbols mean what.</summary>
    /// <param name="batch">Sequences.</param>
    /// <param name="sequence">New tokens of each sequence.</param>
    /// <param name="past">Tokens of each sequence that are already in the KV cache.</param>
    public BoundGraph Bind(long batch, long sequence, long past) => Bind(Symbols.Binding(batch, sequence, past));

    internal GraphTensor Add(string name)
    {
        var tensor = new GraphTensor(this, _tensors.Count, name);
        _tensors.Add(tensor);
        _byName.TryAdd(name, tensor);
        return tensor;
    }

    /// <summary>Finds a tensor here or in the graphs around.</summary>
    internal GraphTensor? Resolve(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
            if (scope._byName.TryGetValue(name, out var tensor)) return tensor;
        return null;
    }
}
