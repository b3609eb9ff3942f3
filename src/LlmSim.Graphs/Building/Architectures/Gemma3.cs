using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Gemma-3, language part: Gemma-2 without softcaps, queries and keys normalised, five sliding layers to one full.</summary>
internal static class Gemma3
{
    public static Architecture Architecture { get; } = new("gemma3_text", ["gemma3_text"], ["Gemma3ForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config, tiedByDefault: true);
        var scalar = config.Number("query_pre_attn_scalar", 1, 1 << 20, 256);
        var attention = sizes.Attention(config) with
        {
            Scale = (float)(1 / Math.Sqrt(scalar)),
            QkNorm = QkNorm.PerHead,
            Softcap = (float)config.Number("attn_logit_softcapping", 0, 1e6, 0),
        };
        var pattern = config.Size("sliding_window_pattern", 6);
        var windows = config.Windows(sizes.Layers, i => (i + 1) % pattern != 0);
        var network = Gemma.Network(config);
        return sizes.Decoder("gemma3_text", i => new DecoderLayer(attention with { Window = windows[i] }, network, ResidualOrder.Sandwich)) with
        {
            EmbeddingScale = MathF.Sqrt(sizes.Hidden),
            LogitSoftcap = (float)config.Number("final_logit_softcapping", 0, 1e6, 0),
        };
    }
}
