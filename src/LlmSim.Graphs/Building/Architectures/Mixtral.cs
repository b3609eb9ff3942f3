using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Mixtral: Mistral's attention, a mixture of experts in every layer.</summary>
internal static class Mixtral
{
    public static Architecture Architecture { get; } = new("mixtral", ["mixtral"], ["MixtralForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var attention = sizes.Attention(config);
        var windows = config.Windows(sizes.Layers, _ => true);
        var experts = Experts.Read(config, "num_local_experts", config.Size("intermediate_size"));
        return sizes.Decoder("mixtral", i => new DecoderLayer(attention with { Window = windows[i] }, experts));
    }
}
