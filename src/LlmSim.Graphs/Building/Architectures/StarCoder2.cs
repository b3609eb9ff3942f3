using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>StarCoder2: LayerNorm, biases everywhere, few key-value heads, rotation, two matrices with tanh-GELU, a window, tied head.</summary>
internal static class StarCoder2
{
    public static Architecture Architecture { get; } = new("starcoder2", ["starcoder2"], ["Starcoder2ForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config, tiedByDefault: true);
        var bias = config.Flag("use_bias", true);
        var attention = sizes.Attention(config) with { QkvBias = bias, OutputBias = bias };
        var windows = config.Windows(sizes.Layers, _ => true);
        var function = config.Function("hidden_act", "gelu_pytorch_tanh");
        var network = new DenseFeedForward(config.Size("intermediate_size"), function, Gated: false) { Bias = bias };
        return sizes.Decoder("starcoder2", i => new DecoderLayer(attention with { Window = windows[i] }, network)) with
        {
            Norm = new NormShape(Centred: true, config.Epsilon("norm_epsilon")),
        };
    }
}
