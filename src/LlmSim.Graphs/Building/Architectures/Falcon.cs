using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// Falcon 7B, 40B and 180B: attention and network side by side without biases, one key-value head (7B, one norm) or a few (40B and up, two norms),
/// GELU, tied head.
/// </summary>
internal static class Falcon
{
    // The files leave it out; the models were trained on sequences of this length (arXiv 2311.16867).
    private const int TrainedContext = 2048;

    public static Architecture Architecture { get; } = new("falcon", ["falcon", "RefinedWeb", "RefinedWebModel"], ["FalconForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var hidden = config.Size("hidden_size");
        var heads = config.Size("num_attention_heads");
        config.Divides("num_attention_heads", heads, "hidden_size", hidden);
        var grouped = config.Flag("new_decoder_architecture", false);
        var kvHeads = grouped ? config.Size("num_kv_heads", heads) : config.Flag("multi_query", true) ? 1 : heads;
        config.Divides("num_kv_heads", kvHeads, "num_attention_heads", heads);
        config.MustBe("alibi", expected: false, fallback: false, "positions as biases on scores");
        var headDim = hidden / heads;
        config.Rotates("hidden_size", headDim, headDim);
        var parallel = grouped || config.Flag("parallel_attn", true);
        var norms = config.Count("num_ln_in_parallel_attn", grouped ? 2 : 1);
        var bias = config.Flag("bias", false);
        var attention = new GroupedAttention(heads, kvHeads, headDim) { QkvBias = bias, OutputBias = bias, Rotary = new RotaryShape(headDim) };
        var function = config.Function("activation", "gelu");
        var network = new DenseFeedForward(config.Size("ffn_hidden_size", 4 * hidden), function, Gated: false) { Bias = bias };
        var order = !parallel ? ResidualOrder.PreNorm : norms == 2 ? ResidualOrder.ParallelTwoNorms : ResidualOrder.Parallel;
        return new DecoderShape
        {
            Family = "falcon",
            Hidden = hidden,
            Vocabulary = config.Size("vocab_size"),
            MaxContextTokens = config.Has("max_position_embeddings") ? config.Context("max_position_embeddings") : TrainedContext,
            Norm = new NormShape(Centred: true, config.Epsilon("layer_norm_epsilon")),
            TiedHead = config.Flag("tie_word_embeddings", true),
            Layers = Enumerable.Repeat(new DecoderLayer(attention, network, order), config.Layers("num_hidden_layers")).ToList(),
        };
    }
}
