using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// MiniMax-M2: queries and keys normalised over all heads together, part of each head rotated, experts in every layer, none shared.
/// </summary>
internal static class MiniMaxM2
{
    public static Architecture Architecture { get; } = new("minimax_m2", ["minimax_m2"], ["MiniMaxM2ForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var rotated = config.Size("rotary_dim", sizes.HeadDim);
        config.Rotates("rotary_dim", rotated, sizes.HeadDim);
        if (config.Text("qk_norm_type", "per_layer") != "per_layer")
            config.Refuse("qk_norm_type", "another norm than per_layer is not supported");
        var attention = new GroupedAttention(sizes.Heads, sizes.KvHeads, sizes.HeadDim)
        {
            Rotary = new RotaryShape(rotated),
            QkNorm = config.Flag("use_qk_norm", true) ? QkNorm.AllHeads : QkNorm.None,
        };
        var experts = Experts.Read(config, "num_local_experts", config.Size("intermediate_size")) with
        {
            Scoring = config.Text("scoring_func", "sigmoid") == "sigmoid" ? RouterScoring.Sigmoid : RouterScoring.Softmax,
            RouterBias = config.Flag("use_routing_bias", true),
        };
        if (config.OptionalSize("shared_intermediate_size") is { } shared)
            experts = experts with { Shared = new DenseFeedForward(shared, Nonlinearity.Silu, Gated: true) };
        var decoder = sizes.Decoder("minimax_m2", _ => new DecoderLayer(attention, experts));
        return config.Flag("use_mtp", false) ? decoder with { Notes = [ModelNotes.NoPrediction] } : decoder;
    }
}
