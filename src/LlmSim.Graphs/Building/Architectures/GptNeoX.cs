using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// GPT-NeoX and Pythia: attention and network side by side, each with its own LayerNorm, biases everywhere, part of each head rotated.
/// </summary>
internal static class GptNeoX
{
    public static Architecture Architecture { get; } = new("gpt_neox", ["gpt_neox"], ["GPTNeoXForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var hidden = config.Size("hidden_size");
        var heads = config.Size("num_attention_heads");
        config.Divides("num_attention_heads", heads, "hidden_size", hidden);
        // Whole dimensions, as the family's code cuts them off.
        var rotated = (int)(hidden / heads * config.Number("rotary_pct", 0, 1, 0.25));
        config.Rotates("rotary_pct", rotated, hidden / heads);
        var bias = config.Flag("attention_bias", true);
        var attention = new GroupedAttention(heads, heads, hidden / heads) { QkvBias = bias, OutputBias = bias, Rotary = new RotaryShape(rotated) };
        var network = new DenseFeedForward(config.Size("intermediate_size"), config.Function("hidden_act", "gelu"), Gated: false) { Bias = true };
        var order = config.Flag("use_parallel_residual", true) ? ResidualOrder.ParallelTwoNorms : ResidualOrder.PreNorm;
        return new DecoderShape
        {
            Family = "gpt_neox",
            Hidden = hidden,
            Vocabulary = config.Size("vocab_size"),
            MaxContextTokens = config.Context("max_position_embeddings"),
            Norm = new NormShape(Centred: true, config.Epsilon("layer_norm_eps")),
            TiedHead = config.Flag("tie_word_embeddings", false),
            Layers = Enumerable.Repeat(new DecoderLayer(attention, network, order), config.Layers("num_hidden_layers")).ToList(),
        };
    }
}
