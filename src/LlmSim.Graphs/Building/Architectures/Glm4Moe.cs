using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// GLM-4.5 and 4.6: biases on queries, keys and values, half of each head rotated, first layers dense, then experts beside a shared one.
/// </summary>
internal static class Glm4Moe
{
    public static Architecture Architecture { get; } = new("glm4_moe", ["glm4_moe"], ["Glm4MoeForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var attention = sizes.Attention(config) with
        {
            QkvBias = config.Flag("attention_bias", false),
            QkNorm = config.Flag("use_qk_norm", false) ? QkNorm.PerHead : QkNorm.None,
        };
        var experts = Experts.Mixture(config) with
        {
            Scoring = RouterScoring.Sigmoid,
            RouterBias = true,
            NormalisedWeights = config.Flag("norm_topk_prob", true),
        };
        var dense = new DenseFeedForward(config.Size("intermediate_size"), Nonlinearity.Silu, Gated: true);
        var firstSparse = config.Count("first_k_dense_replace", 0);
        return sizes.Decoder("glm4_moe", i => new DecoderLayer(attention, i >= firstSparse ? experts : dense)) with
        {
            Notes = Experts.Notes(config),
        };
    }
}
