using LlmSim.Graphs.Import;

namespace LlmSim.Graphs.Recognition;

/// <summary>Reads keys and values back to where they were made, and masks to what they hide.</summary>
internal sealed class AttentionOperands(ActivationFlow flow)
{
    private const int MaxSteps = 64, MaxMaskNodes = 2000;

    private readonly Dictionary<GraphTensor, bool> _causal = [];

    /// <summary>Elements of keys or values that one new token makes, before they join the cache and are repeated for the query heads.</summary>
    /// <param name="operand">What attention multiplies with.</param>
    /// <param name="cached">Whether they join a cache on the way.</param>
    /// <returns>0 when the operand is the cache itself, or its size is unknown.</returns>
    public double NewWidth(GraphTensor operand, out bool cached)
    {
        cached = false;
        var tensor = operand;
        var made = operand;
        for (var steps = 0; steps < MaxSteps && tensor.Producer is { } node; steps++)
        {
            var next = node.Input(0);
            switch (node.OpType)
            {
                case "Reshape" or "Transpose" or "Squeeze" or "Unsqueeze" or "Flatten" or "Identity" or "Cast" or "CastLike" or "Dropout" or "DequantizeLinear"
                    or "QuantizeLinear":
                    break;
                case "Expand" or "Tile":
                    made = next!;
                    break;
                case "Concat" or "TensorScatter" or "ScatterND" or "ScatterElements":
                    next = OnlyMain(node);
                    if (next is null) return flow.Width(made);
                    cached |= node.Inputs.Count > 1;
                    made = next;
                    break;
                case "Mul" or "Div" when OnlyMain(node) is { } scaled && IsScaling(node, scaled):
                    next = scaled;
                    break;
                default:
                    next = null;
                    break;
            }

            if (next is null) break;
            tensor = next;
        }

        return flow.IsMain(made) ? flow.Width(made) : 0;
    }

    /// <summary>Whether a mask hides what comes after a query: it is made by comparing positions, or is a square table.</summary>
    public bool IsCausalMask(GraphTensor? mask)
    {
        if (mask is null) return false;
        if (_causal.TryGetValue(mask, out var known)) return known;
        var seen = new HashSet<GraphTensor>();
        var pending = new Stack<GraphTensor>();
        pending.Push(mask);
        var causal = false;
        while (pending.Count > 0 && seen.Count < MaxMaskNodes && !causal)
        {
            var tensor = pending.Pop();
            if (!seen.Add(tensor)) continue;
            if (tensor.Constant is { } table)
            {
                var rank = table.Dimensions.Count;
                causal = rank >= 2 && table.Dimensions[rank - 1] > 1 && table.Dimensions[rank - 1] == table.Dimensions[rank - 2];
                continue;
            }

            if (tensor.Producer is not { } node) continue;
            causal = node.OpType is "Trilu" or "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual";
            // A mask that is cut to size follows the data, not the sizes.
            var inputs = node.OpType is "Slice" or "Reshape" or "Expand" or "Gather" or "Unsqueeze" or "Squeeze" ? 1 : node.Inputs.Count;
            for (var i = 0; i < inputs && i < node.Inputs.Count; i++)
                if (node.Inputs[i] is { } input) pending.Push(input);
        }

        return _causal[mask] = causal;
    }

    private GraphTensor? OnlyMain(GraphNode node)
    {
        GraphTensor? only = null;
        foreach (var input in node.Inputs)
        {
            if (!flow.IsMain(input)) continue;
            if (only is not null) return null;
            only = input;
        }

        return only;
    }

    private static bool IsScaling(GraphNode node, GraphTensor scaled)
    {
        foreach (var input in node.Inputs)
            if (input is not null && !ReferenceEquals(input, scaled) && input.Shape is not ({ Rank: 0 } or { Rank: 1 })) return false;
        return true;
    }
}
