using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// ChatGLM2, ChatGLM3 and GLM-4-9B, under their own field names: few key-value groups, biases on queries, keys and values, gate and up in
/// one matrix, half of each head rotated in pairs.
/// </summary>
internal static class ChatGlm
{
    public static Architecture Architecture { get; } = new("chatglm", ["chatglm"], ["ChatGLMModel", "ChatGLMForConditionalGeneration"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var hidden = config.Size("hidden_size");
        var heads = config.Size("num_attention_heads");
        var headDim = config.Size("kv_channels", Math.Max(1, hidden / heads));
        config.Fits("kv_channels", heads, headDim);
        var groups = config.Flag("multi_query_attention", false) ? config.Size("multi_query_group_num") : heads;
        config.Divides("multi_query_group_num", groups, "num_attention_heads", heads);
        config.Rotates("kv_channels", headDim / 2, headDim);
        config.MustBe("rmsnorm", expected: true, fallback: true, "LayerNorm in ChatGLM");
        config.MustBe("post_layer_norm", expected: true, fallback: true, "no final norm");
        config.MustBe("apply_residual_connection_post_layernorm", expected: false, fallback: false, "residuals taken after the norm");
        var bias = config.Flag("add_bias_linear", false);
        var attention = new GroupedAttention(heads, groups, headDim)
        {
            QkvBias = bias || config.Flag("add_qkv_bias", false),
            OutputBias = bias,
            Rotary = new RotaryShape(headDim / 2, Interleaved: true),
        };
        var network = new DenseFeedForward(config.Size("ffn_hidden_size"), Nonlinearity.Silu, Gated: true) { Bias = bias, PackedGate = true };
        return new DecoderShape
        {
            Family = "chatglm",
            Hidden = hidden,
            Vocabulary = config.Size("padded_vocab_size"),
            MaxContextTokens = config.Context("seq_length"),
            Norm = new NormShape(Centred: false, config.Epsilon("layernorm_epsilon")),
            TiedHead = config.Flag("tie_word_embeddings", false),
            Layers = Enumerable.Repeat(new DecoderLayer(attention, network), config.Layers("num_layers")).ToList(),
        };
    }
}
