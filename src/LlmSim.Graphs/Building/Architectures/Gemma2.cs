using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// Gemma-2: norms before and after both parts of a layer, GeGLU, scores and logits squeezed by tanh, a window in every other layer (the even ones),
/// embeddings scaled by √hidden, tied head.
/// </summary>
internal static class Gemma2
{
    public static Architecture Architecture { get; } = new("gemma2", ["gemma2"], ["Gemma2ForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config, tiedByDefault: true);
        // query_pre_attn_scalar stands for the head width in the scale; 256 is the family's default.
        var scalar = config.Number("query_pre_attn_scalar", 1, 1 << 20, 256);
        var attention = sizes.Attention(config) with
        {
            Scale = (float)(1 / Math.Sqrt(scalar)),
            Softcap = (float)config.Number("attn_logit_softcapping", 0, 1e6, 0),
        };
        var windows = config.Windows(sizes.Layers, i => i % 2 == 0);
        var network = Gemma.Network(config);
        var decoder = sizes.Decoder("gemma2", i => new DecoderLayer(attention with { Window = windows[i] }, network, ResidualOrder.Sandwich));
        return decoder with
        {
            EmbeddingScale = MathF.Sqrt(sizes.Hidden),
            LogitSoftcap = (float)config.Number("final_logit_softcapping", 0, 1e6, 0),
        };
    }
}
