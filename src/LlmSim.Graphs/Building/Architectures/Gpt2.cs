using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>GPT-2: LayerNorm, biases everywhere, two matrices with tanh-GELU, learned positions, tied head.</summary>
internal static class Gpt2
{
    public static Architecture Architecture { get; } = new("gpt2", ["gpt2"], ["GPT2LMHeadModel"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var hidden = config.Size("n_embd");
        var heads = config.Size("n_head");
        config.Divides("n_head", heads, "n_embd", hidden);
        var context = config.Context("n_positions");
        var attention = new GroupedAttention(heads, heads, hidden / heads) { QkvBias = true, OutputBias = true };
        var function = config.Function("activation_function", "gelu_new");
        var network = new DenseFeedForward(config.Size("n_inner", 4 * hidden), function, Gated: false) { Bias = true };
        return new DecoderShape
        {
            Family = "gpt2",
            Hidden = hidden,
            Vocabulary = config.Size("vocab_size"),
            MaxContextTokens = context,
            Norm = new NormShape(Centred: true, config.Epsilon("layer_norm_epsilon")),
            TiedHead = config.Flag("tie_word_embeddings", true),
            LearnedPositions = context,
            Layers = Enumerable.Repeat(new DecoderLayer(attention, network), config.Layers("n_layer")).ToList(),
        };
    }
}
