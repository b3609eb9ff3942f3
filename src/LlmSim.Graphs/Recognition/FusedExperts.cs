using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>com.microsoft MoE and QMoE: all experts of a layer in one node.</summary>
internal static class FusedExperts
{
    /// <summary>Notes the experts if the node holds them.</summary>
    public static bool TryAdd(GraphNode node, DraftBoard board)
    {
        if (node.OpType is not ("MoE" or "QMoE") || node.Input(0) is not { } input) return false;
        // MoE: input, scores, then weights and bias of each matrix. QMoE has scales between them.
        var quantised = node.OpType == "QMoE";
        var step = quantised ? 3 : 2;
        if (Weights.Find(node.Input(2)) is not { Dims.Length: 3 } up || Weights.Find(node.Input(2 + step)) is not { Dims.Length: 3 } down) return false;

        var hidden = board.Flow.LastDim(input) is var last and > 0 ? last : (int)board.Value(input).Width;
        var experts = (int)up.Dims[0];
        if (hidden <= 0 || experts <= 0) return false;
        var bits = quantised ? (int)node.Int("expert_weight_bits", 4) : 0;
        var perElement = quantised && up.Format.Format == NumberFormat.Int8 ? 8.0 / bits : 1; // several numbers in a stored byte
        var inner = up.Elements * perElement / experts / hidden;
        var intermediate = (int)Math.Round(down.Elements * perElement / experts / hidden);
        var kind = node.Text("activation_type", "relu");
        var spec = new MixtureOfExperts(
            experts, (int)node.Int("k", 1), hidden, intermediate,
            Gated: Weights.Find(node.Input(2 + 2 * step)) is { Dims.Length: 3 } || inner > 1.5 * intermediate,
            Bias: node.Input(quantised ? 4 : 3) is not null,
            kind switch
            {
                "swiglu" => ActivationFunction.ClampedSwiglu,
                "gelu" => ActivationFunction.Gelu,
                "silu" => ActivationFunction.Silu,
                _ => ActivationFunction.Relu,
            },
            quantised ? Format(node, up, hidden, bits) : up.Format);
        var draft = board.Add(spec, board.Inputs(node), board.Value(node.Outputs[0]!), node);
        draft.Role = "experts";
        if (node.Input(1) is { } scores && board.Flow.IsMain(scores)) draft.Routing = board.Value(scores);
        return true;
    }

    private static WeightFormat Format(GraphNode node, in Weight matrix, int hidden, int bits)
    {
        var scaleBits = node.Input(3) is { } scales ? Weights.Format(scales.ElementType).Bits() : 16;
        var fp4 = node.Text("quant_type", "int") == "fp4" || matrix.Format.Format == NumberFormat.Fp4;
        // Without blocks there is one scale per output.
        var block = (int)node.Int("block_size", 0) is var given and > 0 ? given : hidden;
        return new WeightFormat(fp4 ? NumberFormat.Fp4 : LinearNodes.OfBits(bits), block, scaleBits);
    }
}
