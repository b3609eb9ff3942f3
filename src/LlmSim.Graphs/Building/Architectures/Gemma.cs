using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Gemma 1 and CodeGemma: Llama's layers with GeGLU, embeddings scaled by √hidden, tied head.</summary>
internal static class Gemma
{
    public static Architecture Architecture { get; } = new("gemma", ["gemma"], ["GemmaForCausalLM"], Read);

    /// <summary>The gated network that the Gemma families share; early files name its function hidden_act, later ones hidden_activation.</summary>
    internal static DenseFeedForward Network(ConfigReader config)
    {
        var function = config.Has("hidden_activation") ? "hidden_activation" : "hidden_act";
        var nonlinearity = config.Function(function, "gelu_pytorch_tanh");
        // Early files say "gelu", which the family's code replaces by the tanh form.
        if (nonlinearity == Nonlinearity.Gelu) nonlinearity = Nonlinearity.TanhGelu;
        return new DenseFeedForward(config.Size("intermediate_size"), nonlinearity, Gated: true);
    }

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config, tiedByDefault: true);
        var layer = new DecoderLayer(sizes.Attention(config), Network(config));
        return sizes.Decoder("gemma", _ => layer) with { EmbeddingScale = MathF.Sqrt(sizes.Hidden) };
    }
}
