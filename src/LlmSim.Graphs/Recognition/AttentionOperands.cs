using LlmSim.Graphs.Import;

namespace LlmSim.Graphs.Recognition;

/// <summary>Reads keys and values back to where they were made, and masks to what they hide.</summary>
internal sealed class AttentionOperands(ActivationFlow flow)
{
    private const int MaxSteps = 64;

    private readonly Masks _masks = new();

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

    /// <summary>What a mask hides; nothing for null.</summary>
    public MaskFacts Mask(GraphTensor? mask) => mask is null ? MaskFacts.None : _masks.Read(mask);

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
