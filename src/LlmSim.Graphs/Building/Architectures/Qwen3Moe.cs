using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Qwen3-MoE and the language part of Qwen3-VL-MoE: Qwen3's attention, many small experts, none shared.</summary>
internal static class Qwen3Moe
{
    public static Architecture Architecture { get; } = new("qwen3_moe", ["qwen3_moe", "qwen3_vl_moe_text"], ["Qwen3MoeForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var attention = Qwen3.Attention(config, sizes);
        var windows = Qwen2.Windows(config, sizes.Layers);
        var experts = Experts.Read(config, "num_experts", config.Size("moe_intermediate_size")) with
        {
            NormalisedWeights = config.Flag("norm_topk_prob", false),
        };
        var dense = new DenseFeedForward(config.Size("intermediate_size"), Nonlinearity.Silu, Gated: true);
        var sparse = Qwen2Moe.SparseLayers(config);
        return sizes.Decoder("qwen3_moe", i => new DecoderLayer(attention with { Window = windows[i] }, sparse(i) ? experts : dense));
    }
}
