using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>The operators found so far, and the activations between them.</summary>
internal sealed class DraftBoard(ActivationFlow flow)
{
    private readonly Dictionary<GraphTensor, DraftValue> _values = [];

    public ActivationFlow Flow { get; } = flow;

    public List<Draft> Drafts { get; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>Nodes that are accounted for.</summary>
    public HashSet<GraphNode> Done { get; } = [];

    /// <summary>Longest context that a table of positions allows; 0 when none was seen.</summary>
    public long PositionRows { get; set; }

    /// <summary>Whether some attention looks only back.</summary>
    public bool IsCausal { get; set; }

    /// <summary>The activation that a tensor is, or is a view of.</summary>
    public DraftValue Value(GraphTensor tensor)
    {
        var root = Flow.Root(tensor);
        if (!_values.TryGetValue(root, out var value)) _values[root] = value = new DraftValue(root, Flow.Width(root));
        return value;
    }

    /// <summary>Makes a tensor the same activation as another: what lies between costs nothing, or belongs to the producer.</summary>
    public void Unify(GraphTensor tensor, DraftValue value) => _values[Flow.Root(tensor)] = value;

    /// <summary>Notes an operator of one result.</summary>
    public Draft Add(OperatorSpec spec, IEnumerable<DraftValue> inputs, DraftValue output, params ReadOnlySpan<GraphNode> nodes)
    {
        var draft = new Draft(spec);
        foreach (var input in inputs)
            if (!draft.Inputs.Contains(input)) draft.Inputs.Add(input);
        draft.Outputs.Add(output);
        output.Producer = draft;
        foreach (var node in nodes)
        {
            draft.Nodes.Add(node.Name);
            Done.Add(node);
        }

        Drafts.Add(draft);
        return draft;
    }

    /// <summary>Takes an operator out again, because a larger one covers it; its result becomes another activation.</summary>
    public void Absorb(Draft draft, DraftValue replacement)
    {
        Drafts.Remove(draft);
        foreach (var output in draft.Outputs)
        {
            if (output.Tensor is { } tensor) Unify(tensor, replacement);
            foreach (var other in Drafts)
                for (var i = 0; i < other.Inputs.Count; i++)
                    if (ReferenceEquals(other.Inputs[i], output)) other.Inputs[i] = replacement;
            replacement.IsOutput |= output.IsOutput;
        }
    }

    /// <summary>Everything a node reads of the stream.</summary>
    public List<DraftValue> Inputs(GraphNode node)
    {
        var values = new List<DraftValue>(2);
        foreach (var root in Flow.MainInputs(node))
        {
            var value = Value(root);
            if (!values.Contains(value)) values.Add(value);
        }

        return values;
    }
}
