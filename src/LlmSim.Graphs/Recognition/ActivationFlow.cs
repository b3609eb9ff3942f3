using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Recognition;

/// <summary>
/// The stream of activations through a graph: which tensors descend from the tokens, with everything that only rearranges them folded away. What does
/// not descend from the tokens (masks, positions, rotation tables, shape arithmetic) is side work that an engine does once, or not at all.
/// </summary>
internal sealed class ActivationFlow
{
    // Sizes at which widths are measured; distinct, so that no two products of them agree by accident.
    private const long ProbeBatch = 2, ProbeSequence = 3, ProbePast = 4;

    private readonly BoundGraph _bound;
    private readonly HashSet<GraphTensor> _main = [];
    private readonly HashSet<GraphTensor> _live = [];
    private readonly Dictionary<GraphTensor, GraphTensor> _roots = [];
    private readonly Dictionary<GraphTensor, List<GraphNode>> _uses = [];
    private readonly Dictionary<GraphTensor, double> _widths = [];
    private readonly string? _pastSymbol;

    public ActivationFlow(Graph graph)
    {
        Graph = graph;
        Symbols = SymbolsOf(graph);
        _bound = graph.Bind(Symbols.Binding(ProbeBatch, ProbeSequence, ProbePast));
        _pastSymbol = Symbols.Find(SymbolRole.Past);
        Embedding = TokenEmbedding.Find(graph);
        Seed();
        Mark();
        MarkLive();
        Collect();
        Tokens = CountTokens();
        FollowWidths();
    }

    public Graph Graph { get; }

    /// <summary>What the open sizes mean.</summary>
    public GraphSymbols Symbols { get; }

    /// <summary>The node that looks up the token embedding; null when the graph begins with activations.</summary>
    public GraphNode? Embedding { get; }

    /// <summary>Nodes that compute on activations and reach an output, without those that only rearrange, each after those it depends on.</summary>
    public List<GraphNode> Nodes { get; } = [];

    /// <summary>Activations that leave the graph (not by the KV cache).</summary>
    public List<GraphTensor> Outputs { get; } = [];

    /// <summary>Tokens of the probe batch.</summary>
    public double Tokens { get; }

    public bool IsMain(GraphTensor? tensor) => tensor is not null && _main.Contains(tensor);

    /// <summary>The tensor that a main tensor is a view of.</summary>
    public GraphTensor Root(GraphTensor tensor) => _roots.TryGetValue(tensor, out var root) ? root : tensor;

    /// <summary>The nodes of <see cref="Nodes"/> that read a root, directly or through views.</summary>
    public IReadOnlyList<GraphNode> Uses(GraphTensor root) => _uses.TryGetValue(root, out var list) ? list : [];

    /// <summary>Distinct roots of a node's main inputs, in order.</summary>
    public List<GraphTensor> MainInputs(GraphNode node)
    {
        var roots = new List<GraphTensor>(2);
        foreach (var input in node.Inputs)
        {
            if (!IsMain(input)) continue;
            var root = Root(input!);
            if (!roots.Contains(root)) roots.Add(root);
        }

        return roots;
    }

    /// <summary>The shape at the probe batch; −1 for an unknown dimension; null for an unknown rank.</summary>
    public long[]? Shape(GraphTensor tensor) => _bound.ShapeOf(tensor);

    /// <summary>The last dimension; 0 when unknown.</summary>
    public int LastDim(GraphTensor tensor) => Shape(tensor) is { Length: > 0 } shape && shape[^1] > 0 ? (int)shape[^1] : 0;

    /// <summary>Elements per token, from the shape or else from the operators before it; 0 when unknown.</summary>
    public double Width(GraphTensor tensor) =>
        _bound.ElementsOf(tensor) is { } elements ? elements / Tokens : _widths.TryGetValue(Root(tensor), out var known) ? known : 0;

    /// <summary>
    /// Whether a float input is part of a KV cache: it has four or more dimensions, is as long as the past, or is written into.
    /// </summary>
    public bool IsCacheInput(GraphTensor input)
    {
        if (!input.IsGraphInput || !IsFloat(input) || input.Shape is not { } shape) return false;
        if (shape.Rank >= 4 || shape.Rank == 3 && NamesPast(shape)) return true;
        foreach (var use in input.Uses)
            if (NodeSets.IsScatter(use.Node) && use.Slot == 0 || NodeSets.IsAttention(use.Node) && use.Slot > 3) return true;
        return false;
    }

    // The cache after the pass: the one before it with the new tokens, or what an attention node hands out.
    private bool IsCacheOutput(GraphTensor output)
    {
        if (output.Shape is { } shape && (shape.Rank >= 4 || NamesPast(shape))) return true;
        if (output.Producer is not { } node) return false;
        if (NodeSets.IsAttention(node)) return output.ProducerSlot > 0;
        foreach (var input in node.Inputs)
            if (input is not null && IsCacheInput(input)) return NodeSets.IsScatter(node) || node.OpType == "Concat";
        return false;
    }

    // A subgraph with inputs (a beam search's decoder) names its own sizes; one without (a branch of an If) uses those of the graph around it.
    private static GraphSymbols SymbolsOf(Graph graph)
    {
        while (graph.Inputs.Count == 0 && graph.Parent is { } outer) graph = outer;
        return graph.Parent is null ? graph.Symbols : SymbolRelations.Describe(graph, []);
    }

    private void Seed()
    {
        if (Embedding is not null)
            foreach (var output in Embedding.Outputs)
                if (output is not null) _main.Add(output);
        foreach (var input in Graph.Inputs)
            if (IsFloat(input) && !IsCacheInput(input) && input.Shape is null or { Rank: 3 }) _main.Add(input);
        if (_main.Count > 0) return;
        // Quantised activations; 8-bit inputs of fixed size are weights.
        foreach (var input in Graph.Inputs)
            if (input is { ElementType: OnnxElementType.Int8 or OnnxElementType.UInt8, Shape: { Rank: 3, IsConstant: false } }) _main.Add(input);
        if (_main.Count > 0) return;
        foreach (var input in Graph.Inputs)
            if (IsFloat(input) && !IsCacheInput(input)) _main.Add(input);
        if (_main.Count > 0 || Graph.Parent is null) return;
        // The body of an If: activations come from the graph around it.
        foreach (var node in Graph.Nodes)
            foreach (var input in node.Inputs)
                if (input is not null && !ReferenceEquals(input.Owner, Graph) && !input.IsConstant && IsFloat(input) && input.Shape is null or { Rank: 3 })
                    _main.Add(input!);
    }

    private void Mark()
    {
        foreach (var node in Graph.Nodes)
        {
            if (ReferenceEquals(node, Embedding) || NodeSets.ReadsShapeOnly(node)) continue;
            var source = FirstMain(node);
            if (source is null) continue;
            for (var slot = 0; slot < node.Outputs.Count; slot++)
            {
                if (node.Outputs[slot] is not { } output || IsSideOutput(node, slot)) continue;
                _main.Add(output);
                if (ViewOf(node, source) is { } viewed) _roots[output] = Root(viewed);
            }
        }
    }

    private static bool IsSideOutput(GraphNode node, int slot)
    {
        if (slot == 0) return false;
        if (NodeSets.IsAttention(node)) return true; // presents
        return node.OpType is "DynamicQuantizeLinear" or "Dropout" or "LayerNormalization";
    }

    private GraphTensor? FirstMain(GraphNode node)
    {
        foreach (var input in node.Inputs)
            if (IsMain(input)) return input;
        foreach (var (_, inner) in node.Subgraphs)
            foreach (var nested in inner.Nodes)
                foreach (var input in nested.Inputs)
                    if (IsMain(input)) return input;
        return null;
    }

    // What a node is a view of; null when it computes.
    private GraphTensor? ViewOf(GraphNode node, GraphTensor source)
    {
        if (NodeSets.IsView(node)) return node.OpType == "Gather" && !IsMain(node.Input(0)) ? null : source;
        if (NodeSets.IsScatter(node))
        {
            // Into a cache or an empty buffer: the rows written. Into activations: those.
            var updates = node.Input(node.OpType == "TensorScatter" ? 1 : 2);
            if (!IsMain(updates)) return source;
            return !IsMain(node.Input(0)) ? updates : ReferenceEquals(Root(node.Input(0)!), Root(updates!)) ? source : null;
        }

        // New keys behind cached ones, parts put back together.
        if (node.OpType != "Concat") return null;
        var root = Root(source);
        foreach (var input in node.Inputs)
            if (IsMain(input) && !ReferenceEquals(Root(input!), root)) return null;
        return source;
    }

    private void MarkLive()
    {
        foreach (var output in Graph.Outputs)
            if (IsMain(output) && !IsCacheOutput(output)) _live.Add(output);
        if (_live.Count == 0)
            foreach (var output in Graph.Outputs)
                if (IsMain(output)) _live.Add(output);
        foreach (var output in Graph.Outputs)
            if (_live.Contains(output) && !Outputs.Contains(Root(output))) Outputs.Add(Root(output));
        for (var i = Graph.Nodes.Count - 1; i >= 0; i--)
        {
            var node = Graph.Nodes[i];
            var needed = false;
            foreach (var output in node.Outputs) needed |= output is not null && _live.Contains(output);
            if (!needed) continue;
            foreach (var input in node.Inputs)
                if (IsMain(input)) _live.Add(input!);
            foreach (var (_, inner) in node.Subgraphs)
                foreach (var nested in inner.Nodes)
                    foreach (var input in nested.Inputs)
                        if (IsMain(input)) _live.Add(input!);
        }
    }

    private void Collect()
    {
        foreach (var node in Graph.Nodes)
        {
            var live = false;
            foreach (var output in node.Outputs) live |= output is not null && _live.Contains(output) && !_roots.ContainsKey(output);
            if (!live) continue;
            Nodes.Add(node);
            foreach (var root in MainInputs(node))
            {
                if (!_uses.TryGetValue(root, out var list)) _uses[root] = list = [];
                list.Add(node);
            }
        }
    }

    // Behind an operator without shape rules shapes are lost; what matrices and element-wise nodes make is known all the same.
    private void FollowWidths()
    {
        foreach (var node in Nodes)
        {
            if (node.Outputs[0] is not { } output || _bound.ElementsOf(output) is not null) continue;
            var width = 0.0;
            if (NodeSets.IsProduct(node) && LinearNodes.Read(node, this) is var (spec, _, _)) width = spec.Outputs;
            else
                foreach (var root in MainInputs(node)) width = Math.Max(width, Width(root));
            _widths[output] = width;
        }
    }

    private double CountTokens()
    {
        if (Embedding is not null && TokenEmbedding.TableWidth(Embedding) is var width and > 0 && _bound.ElementsOf(Embedding.Outputs[0]!) is { } elements)
            return elements / width;
        // Without an embedding: rows of the first matrix product.
        foreach (var node in Nodes)
        {
            if (node.OpType is "Conv" or "Einsum" || !NodeSets.IsProduct(node) || LinearNodes.Read(node, this) is not var (spec, _, source)) continue;
            if (_bound.ElementsOf(source) is { } rows && rows >= spec.Inputs) return rows / spec.Inputs;
        }

        foreach (var input in Graph.Inputs)
            if (IsMain(input) && LastDim(input) is var last and > 0 && _bound.ElementsOf(input) is { } size) return size / last;
        return ProbeBatch * ProbeSequence;
    }

    private bool NamesPast(Shape shape)
    {
        if (_pastSymbol is null) return false;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var dim in shape.Dims) dim.AddSymbols(names);
        return names.Contains(_pastSymbol);
    }

    private static bool IsFloat(GraphTensor tensor) => tensor.ElementType is OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.BFloat16
        or OnnxElementType.Double or OnnxElementType.Undefined;
}
