using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Qwen1.5-MoE and Qwen2-MoE: Qwen2's attention, small experts beside a shared network with a gate of its own.</summary>
internal static class Qwen2Moe
{
    public static Architecture Architecture { get; } = new("qwen2_moe", ["qwen2_moe"], ["Qwen2MoeForCausalLM"], Read);

    /// <summary>Whether a layer has experts: every decoder_sparse_step-th, except those in mlp_only_layers.</summary>
    internal static Func<int, bool> SparseLayers(ConfigReader config)
    {
        var step = config.Size("decoder_sparse_step", 1);
        var dense = config.Indexes("mlp_only_layers");
        return i => (i + 1) % step == 0 && !dense.Contains(i);
    }

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var attention = sizes.Attention(config) with { QkvBias = config.Flag("qkv_bias", true) };
        var windows = Qwen2.Windows(config, sizes.Layers);
        var experts = Experts.Read(config, "num_experts", config.Size("moe_intermediate_size")) with
        {
            NormalisedWeights = config.Flag("norm_topk_prob", false),
            Shared = new DenseFeedForward(config.Size("shared_expert_intermediate_size"), Nonlinearity.Silu, Gated: true),
            SharedGate = true,
        };
        var dense = new DenseFeedForward(config.Size("intermediate_size"), Nonlinearity.Silu, Gated: true);
        var sparse = SparseLayers(config);
        return sizes.Decoder("qwen2_moe", i => new DecoderLayer(attention with { Window = windows[i] }, sparse(i) ? experts : dense));
    }
}
