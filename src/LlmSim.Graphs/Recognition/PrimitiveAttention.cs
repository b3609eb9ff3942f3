using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>Attention spelt out: product of two activations, scaling and masking, softmax, product with a third.</summary>
internal static class PrimitiveAttention
{
    /// <summary>Whether a component lies between the two products of an attention.</summary>
    public static bool IsScores(PointwiseComponent component, DraftBoard board)
    {
        if (component.Source.Producer is not { } product || !NodeSets.IsProduct(product) || board.Done.Contains(product)) return false;
        bool softmax = false, exp = false, sum = false;
        foreach (var node in component.Nodes)
        {
            softmax |= node.OpType == "Softmax";
            exp |= node.OpType == "Exp";
            sum |= node.OpType == "ReduceSum";
        }

        return softmax || exp && sum;
    }

    /// <summary>Notes the attention around such a component.</summary>
    /// <returns>False when what follows the softmax is no product; the component is then read as usual.</returns>
    public static bool TryAdd(PointwiseComponent component, DraftBoard board, AttentionOperands operands)
    {
        var flow = board.Flow;
        var scores = component.Source.Producer!;
        if (FollowingProduct(component, board) is not var (values, valueSlot)) return false;
        if (scores.Input(0) is not { } query || scores.Input(1) is not { } key || values.Input(valueSlot) is not { } value) return false;
        if (!flow.IsMain(query)) (query, key) = (key, query);
        var headDim = flow.LastDim(query);
        var queryWidth = flow.Width(query);
        var keyWidth = operands.NewWidth(key, out var keyCached);
        var valueWidth = operands.NewWidth(value, out var valueCached);
        if (headDim == 0 || queryWidth < headDim) return false;
        var heads = (int)Math.Round(queryWidth / headDim);
        var valueDim = values.OpType == "Einsum" || flow.LastDim(value) == 0 ? headDim : flow.LastDim(value);
        var kvHeads = keyWidth >= headDim ? (int)Math.Round(keyWidth / headDim)
            : valueWidth >= valueDim ? (int)Math.Round(valueWidth / valueDim) : heads;

        var mask = new MaskFacts(keyCached || valueCached, null);
        foreach (var node in component.Nodes)
            foreach (var input in node.Inputs)
                if (input is not null && !flow.IsMain(input)) mask = mask.With(operands.Mask(input));
        var causal = mask.Causal;

        var cross = !flow.IsMain(key);
        var spec = new Attention(heads, Math.Min(heads, kvHeads), headDim, valueDim)
        {
            Causal = causal && !cross,
            Cached = causal && !cross,
            Window = cross ? null : mask.Window,
        };
        var q = board.Value(query);
        DraftValue[] parts = [q, cross ? q : board.Value(key), flow.IsMain(value) ? board.Value(value) : q];
        var draft = board.Add(spec, parts, board.Value(values.Outputs[0]!), [scores, .. component.Nodes, values]);
        draft.Operands = parts;
        draft.IsCross = cross;
        return true;
    }

    private static (GraphNode Product, int ValueSlot)? FollowingProduct(PointwiseComponent component, DraftBoard board)
    {
        var inside = new HashSet<GraphNode>(component.Nodes);
        for (var i = component.Nodes.Count - 1; i >= 0; i--)
        {
            foreach (var output in component.Nodes[i].Outputs)
            {
                if (output is null) continue;
                foreach (var use in board.Flow.Uses(output))
                {
                    if (inside.Contains(use) || !NodeSets.IsProduct(use) || board.Done.Contains(use)) continue;
                    return (use, use.Input(0) is { } first && ReferenceEquals(board.Flow.Root(first), output) ? 1 : 0);
                }
            }
        }

        return null;
    }
}
