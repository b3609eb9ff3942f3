using System.Globalization;
using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>
/// Goes through a graph once, in order, and lets each operator's rule set type, shape and known elements of its outputs. A dimension that no
/// rule can tell becomes a symbol of its own, so that what follows from it stays comparable.
/// </summary>
internal sealed class ShapeInference(string file, InputErrors errors)
{
    private readonly Dictionary<(string Domain, string OpType), ShapeRule?> _rules = [];
    private readonly SortedDictionary<string, int> _unknown = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];
    private readonly HashSet<GraphTensor> _doubtful = [];
    private int _fresh;

    /// <summary>Operators without a rule, with how many nodes they have.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> UnknownOperators => [.. _unknown];

    /// <summary>What is odd about the graph, one sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Forgets what was counted, for another pass over the same graph.</summary>
    public void Restart()
    {
        _unknown.Clear();
        _notes.Clear();
        _doubtful.Clear();
        _fresh = 0;
    }

    /// <summary>Infers everything in a graph whose inputs have their shapes.</summary>
    public void Infer(Graph graph)
    {
        foreach (var tensor in graph.Tensors)
        {
            if (tensor.Constant is not null && tensor.Value is null) tensor.Value = ConstantValues.Of(tensor.Constant);
        }

        foreach (var node in graph.Nodes)
        {
            var rule = Rule(node);
            node.IsKnownOperator = rule is not null;
            foreach (var output in node.Outputs)
            {
                if (output is null) continue;
                output.Shape = null;
                output.Value = null;
            }

            var context = new ShapeContext(this, node);
            if (rule is not null)
            {
                rule(context);
            }
            else
            {
                _unknown[node.FullType] = _unknown.GetValueOrDefault(node.FullType) + 1;
                ControlShapes.InferSubgraphs(context);
            }

            if (_doubtful.Count > 0 && ReadsDoubtful(node)) Doubt(node);

            // What the rule left open is what the file says, or nothing.
            foreach (var output in node.Outputs)
                if (output is not null) output.Shape ??= Merge(null, output.DeclaredShape);
        }
    }

    /// <summary>The inferred shape, completed by what the file declares, with symbols for what is still unknown.</summary>
    public Shape? Merge(Shape? inferred, Shape? declared)
    {
        if (inferred is null && declared is null) return null;
        inferred ??= declared!;
        Dim[]? dims = null;
        for (var i = 0; i < inferred.Rank; i++)
        {
            if (!inferred[i].IsUnknown) continue;
            dims ??= inferred.Dims.ToArray();
            dims[i] = declared is not null && declared.Rank == dims.Length && !declared[i].IsUnknown ? declared[i] : Fresh();
        }

        return dims is null ? inferred : new Shape(dims);
    }

    /// <summary>
    /// Shapes that cannot stand together. Branches of subgraphs may never run, so only the main graph counts; and what follows from shapes
    /// that were already in doubt proves nothing.
    /// </summary>
    public void Contradiction(GraphNode node, string problem)
    {
        if (node.Owner.Parent is null && !ReadsDoubtful(node)) errors.Add(file, 0, node.Name, $"{node.FullType}: {problem}", "correct the shapes, or export the model again");
        else Note(node, problem);
    }

    /// <summary>Something is odd, but no error.</summary>
    public void Note(GraphNode node, string note)
    {
        Doubt(node);
        if (_notes.Count < InputErrors.Limit) _notes.Add($"{node}: {note}");
    }

    /// <summary>What the node computes may have another shape than it seems, and so may all that follows from it.</summary>
    public void Doubt(GraphNode node)
    {
        foreach (var output in node.Outputs)
            if (output is not null) _doubtful.Add(output);
    }

    private bool ReadsDoubtful(GraphNode node)
    {
        foreach (var input in node.Inputs)
            if (input is not null && _doubtful.Contains(input)) return true;
        return false;
    }

    private Dim Fresh() => Dim.Symbol("?" + (++_fresh).ToString(CultureInfo.InvariantCulture));

    private ShapeRule? Rule(GraphNode node)
    {
        var key = (node.Domain, node.OpType);
        if (!_rules.TryGetValue(key, out var rule)) _rules[key] = rule = ShapeRules.Find(node.Domain, node.OpType);
        return rule;
    }
}
