using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// DeepSeek-V2, V3, R1 and Kimi-K2: latent attention, first layers dense, then experts beside shared ones.
/// </summary>
internal static class DeepSeek
{
    public static Architecture Architecture { get; } = new(
        "deepseek_v3",
        ["deepseek_v3", "deepseek_v2", "kimi_k2"],
        ["DeepseekV3ForCausalLM", "DeepseekV2ForCausalLM"],
        Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var hidden = config.Size("hidden_size");
        var layers = config.Layers("num_hidden_layers");
        var attention = Attention(config);
        var experts = Mixture(config);
        var dense = new DenseFeedForward(config.Size("intermediate_size"), Nonlinearity.Silu, Gated: true);
        var firstSparse = config.Count("first_k_dense_replace", 0);
        var step = config.Size("moe_layer_freq", 1);
        config.MustBe("attention_bias", expected: false, fallback: false, "biases in latent attention");
        return new DecoderShape
        {
            Family = config.Text("model_type", "deepseek_v3") == "deepseek_v2" ? "deepseek_v2" : "deepseek_v3",
            Hidden = hidden,
            Vocabulary = config.Size("vocab_size"),
            MaxContextTokens = config.Context("max_position_embeddings"),
            Norm = new NormShape(Centred: false, config.Epsilon("rms_norm_eps", 1e-6)),
            TiedHead = config.Flag("tie_word_embeddings", false),
            Layers = Enumerable.Range(0, layers)
                .Select(i => new DecoderLayer(attention, i >= firstSparse && i % step == 0 ? experts : dense))
                .ToList(),
            Notes = Experts.Notes(config),
        };
    }

    private static LatentAttention Attention(ConfigReader config)
    {
        var nope = config.Size("qk_nope_head_dim");
        var rope = config.Size("qk_rope_head_dim");
        if (config.Ok && rope % 2 != 0) config.Refuse("qk_rope_head_dim", $"{rope} is odd");
        var heads = config.Size("num_attention_heads");
        var value = config.Size("v_head_dim");
        config.Fits("num_attention_heads", heads, nope + (long)Math.Max(rope, value));
        var scale = 1 / Math.Sqrt(nope + rope);
        // YaRN's correction of the scores' temperature for extended contexts (arXiv 2309.00071, section 3.4), squared since it applies to both sides.
        if (config.Object("rope_scaling") is { } scaling && scaling.Has("mscale_all_dim"))
        {
            var factor = scaling.Number("factor", 1, 1e6, 1);
            var correction = 0.1 * scaling.Number("mscale_all_dim", 0, 100, 0) * Math.Log(factor) + 1;
            scale *= correction * correction;
        }

        return new LatentAttention(
            heads, config.OptionalSize("q_lora_rank"), config.Size("kv_lora_rank"), nope, rope, value, (float)scale);
    }

    private static ExpertFeedForward Mixture(ConfigReader config) => Experts.Mixture(config) with
    {
        NormalisedWeights = config.Flag("norm_topk_prob", false),
        Scoring = config.Text("scoring_func", "softmax") == "sigmoid" ? RouterScoring.Sigmoid : RouterScoring.Softmax,
        RouterBias = config.Text("topk_method", "greedy") == "noaux_tc",
    };
}
