using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Phi-1.5 and Phi-2: one LayerNorm a layer, attention and network side by side, biases everywhere, part of each head rotated.</summary>
internal static class Phi
{
    public static Architecture Architecture { get; } = new("phi", ["phi"], ["PhiForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        config.MustBe("qk_layernorm", expected: false, fallback: false, "normalised queries and keys");
        var attention = sizes.Attention(config) with { QkvBias = true, OutputBias = true };
        var network = new DenseFeedForward(config.Size("intermediate_size"), config.Function("hidden_act", "gelu_new"), Gated: false) { Bias = true };
        return sizes.Decoder("phi", _ => new DecoderLayer(attention, network, ResidualOrder.Parallel)) with
        {
            Norm = new NormShape(Centred: true, config.Epsilon("layer_norm_eps")),
            HeadBias = true,
        };
    }
}
