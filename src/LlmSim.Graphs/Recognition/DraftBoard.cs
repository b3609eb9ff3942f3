using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>The operators found so far, and the activations between them.</summary>
internal sealed class DraftBoard(ActivationFlow flow)
{
    private readonly Dictionary<GraphTensor, DraftValue> _values = [];

    public ActivationFlow Flow { get; } = flow;

    public List<Draft> Drafts { get; private set; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>Nodes that are accounted for.</summary>
    public HashSet<GraphNode> Done { get; } = [];

    /// <summary>Longest context that a table of positions allows; 0 when none was seen.</summary>
    public long PositionRows { get; set; }

    /// <summary>The activation that a tensor is, or is a view of.</summary>
    public DraftValue Value(GraphTensor tensor)
    {
        var root = Flow.Root(tensor);
        if (!_values.TryGetValue(root, out var value)) _values[root] = value = new DraftValue(root, Flow.Width(root));
        return value.Resolved;
    }

    /// <summary>Makes a tensor the same activation as another: what lies between costs nothing, or belongs to the producer.</summary>
    public void Unify(GraphTensor tensor, DraftValue value) => Value(tensor).BecomeSameAs(value);

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

    /// <summary>
    /// Takes an operator of one reader out, because that reader covers it; its result becomes the activation given. Complete after the next
    /// <see cref="Link"/>.
    /// </summary>
    public static void Absorb(Draft draft, DraftValue replacement, Draft into)
    {
        draft.IsAbsorbed = true;
        into.Nodes.InsertRange(0, draft.Nodes);
        foreach (var output in draft.Outputs) output.Resolved.BecomeSameAs(replacement);
        var readers = replacement.Resolved.Consumers;
        if (readers.IndexOf(draft) is var at and >= 0) readers[at] = into;
    }

    /// <summary>Drops what was absorbed and brings producers, consumers and inputs up to date.</summary>
    public void Link()
    {
        Drafts.RemoveAll(static d => d.IsAbsorbed);
        foreach (var draft in Drafts)
        {
            foreach (var output in draft.Outputs)
            {
                output.Resolved.Consumers.Clear();
                output.Resolved.Producer = draft;
            }

            foreach (var input in draft.Inputs) input.Resolved.Consumers.Clear();
        }

        foreach (var draft in Drafts)
        {
            for (var i = 0; i < draft.Inputs.Count; i++)
            {
                draft.Inputs[i] = draft.Inputs[i].Resolved;
                if (draft.Inputs.IndexOf(draft.Inputs[i]) < i) draft.Inputs.RemoveAt(i--);
            }

            for (var i = 0; i < draft.Operands?.Length; i++) draft.Operands[i] = draft.Operands[i].Resolved;
            foreach (var input in draft.Inputs) input.Consumers.Add(draft);
        }
    }

    /// <summary>Puts the operators into an order that follows the flow from the outputs back, and drops those that reach none.</summary>
    public void Sort()
    {
        var sorted = new List<Draft>(Drafts.Count);
        var next = new Dictionary<Draft, int>();
        var stack = new Stack<Draft>();
        foreach (var output in Flow.Outputs)
        {
            if (Value(output).Producer is { } last && next.TryAdd(last, 0)) stack.Push(last);
            while (stack.Count > 0)
            {
                var draft = stack.Peek();
                var input = next[draft]++;
                if (input >= draft.Inputs.Count) sorted.Add(stack.Pop());
                else if (draft.Inputs[input].Producer is { } producer && next.TryAdd(producer, 0)) stack.Push(producer);
            }
        }

        Drafts = sorted;
        Link();
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
