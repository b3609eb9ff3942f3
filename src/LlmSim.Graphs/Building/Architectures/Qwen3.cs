using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Qwen3, dense, and the language part of Qwen3-VL: Llama with every query and key head normalised before rotation.</summary>
internal static class Qwen3
{
    public static Architecture Architecture { get; } = new("qwen3", ["qwen3", "qwen3_vl_text"], ["Qwen3ForCausalLM"], Read);

    /// <summary>The attention that dense and mixture models share.</summary>
    internal static GroupedAttention Attention(ConfigReader config, CommonSizes sizes)
    {
        var bias = config.Flag("attention_bias", false);
        return sizes.Attention(config) with { QkNorm = QkNorm.PerHead, QkvBias = bias, OutputBias = bias };
    }

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var attention = Attention(config, sizes);
        var windows = Qwen2.Windows(config, sizes.Layers);
        var network = new DenseFeedForward(config.Size("intermediate_size"), config.Function("hidden_act", "silu"), Gated: true);
        return sizes.Decoder("qwen3", i => new DecoderLayer(attention with { Window = windows[i] }, network));
    }
}
