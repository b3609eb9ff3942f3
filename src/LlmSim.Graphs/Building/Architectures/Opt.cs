using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>OPT: LayerNorm, biases everywhere, two matrices with ReLU, learned positions that begin at row 2, tied head.</summary>
internal static class Opt
{
    // The first two rows of the table belong to padding.
    private const int FirstPosition = 2;

    public static Architecture Architecture { get; } = new("opt", ["opt"], ["OPTForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var hidden = config.Size("hidden_size");
        var heads = config.Size("num_attention_heads");
        config.Divides("num_attention_heads", heads, "hidden_size", hidden);
        config.MustBe("do_layer_norm_before", expected: true, fallback: true, "norms after each part, as in OPT-350M");
        if (config.OptionalSize("word_embed_proj_dim") is { } width && width != hidden && config.Ok)
            config.Refuse("word_embed_proj_dim", $"{width} differs from hidden_size {hidden}; projected embeddings are not supported");
        var bias = config.Flag("enable_bias", true);
        var context = config.Context("max_position_embeddings");
        var attention = new GroupedAttention(heads, heads, hidden / heads) { QkvBias = bias, OutputBias = bias };
        var network = new DenseFeedForward(config.Size("ffn_dim"), config.Function("activation_function", "relu"), Gated: false) { Bias = bias };
        return new DecoderShape
        {
            Family = "opt",
            Hidden = hidden,
            Vocabulary = config.Size("vocab_size"),
            MaxContextTokens = context,
            Norm = new NormShape(Centred: true, 1e-5f),
            TiedHead = config.Flag("tie_word_embeddings", true),
            LearnedPositions = context + FirstPosition,
            PositionOffset = FirstPosition,
            Layers = Enumerable.Repeat(new DecoderLayer(attention, network), config.Layers("num_hidden_layers")).ToList(),
        };
    }
}
