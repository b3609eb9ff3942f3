using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// The first Qwen, under its own field names: Llama with biases on queries, keys and values; intermediate_size counts gate and up together.
/// </summary>
internal static class Qwen
{
    public static Architecture Architecture { get; } = new("qwen", ["qwen"], ["QWenLMHeadModel"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var hidden = config.Size("hidden_size");
        var heads = config.Size("num_attention_heads");
        var headDim = config.Size("kv_channels", Math.Max(1, hidden / heads));
        config.Fits("kv_channels", heads, headDim);
        config.Rotates("kv_channels", headDim, headDim);
        var both = config.Size("intermediate_size");
        if (config.Ok && both % 2 != 0) config.Refuse("intermediate_size", $"{both} is odd, though it counts gate and up together");
        config.MustBe("no_bias", expected: true, fallback: true, "biases on all matrices");
        var attention = new GroupedAttention(heads, heads, headDim) { QkvBias = true, Rotary = new RotaryShape(headDim) };
        var network = new DenseFeedForward(Math.Max(1, both / 2), Nonlinearity.Silu, Gated: true);
        return new DecoderShape
        {
            Family = "qwen",
            Hidden = hidden,
            Vocabulary = config.Size("vocab_size"),
            MaxContextTokens = config.Context("seq_length"),
            Norm = new NormShape(Centred: false, config.Epsilon("layer_norm_epsilon", 1e-6)),
            TiedHead = config.Flag("tie_word_embeddings", false),
            Layers = Enumerable.Repeat(new DecoderLayer(attention, network), config.Layers("num_hidden_layers")).ToList(),
        };
    }
}
