using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// GPT-J: one LayerNorm a layer, attention and network side by side, the first rotary_dim dimensions rotated in pairs, head with a bias.
/// </summary>
internal static class GptJ
{
    public static Architecture Architecture { get; } = new("gptj", ["gptj"], ["GPTJForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var hidden = config.Size("n_embd");
        var heads = config.Size("n_head");
        config.Divides("n_head", heads, "n_embd", hidden);
        var rotated = config.Size("rotary_dim");
        config.Rotates("rotary_dim", rotated, hidden / heads);
        var attention = new GroupedAttention(heads, heads, hidden / heads) { Rotary = new RotaryShape(rotated, Interleaved: true) };
        var function = config.Function("activation_function", "gelu_new");
        var network = new DenseFeedForward(config.Size("n_inner", 4 * hidden), function, Gated: false) { Bias = true };
        return new DecoderShape
        {
            Family = "gptj",
            Hidden = hidden,
            Vocabulary = config.Size("vocab_size"),
            MaxContextTokens = config.Context("n_positions"),
            Norm = new NormShape(Centred: true, config.Epsilon("layer_norm_epsilon")),
            TiedHead = config.Flag("tie_word_embeddings", false),
            HeadBias = true,
            Layers = Enumerable.Repeat(new DecoderLayer(attention, network, ResidualOrder.Parallel), config.Layers("n_layer")).ToList(),
        };
    }
}
