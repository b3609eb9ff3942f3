using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Mistral 7B and its relatives: Llama with a sliding window in every layer (later versions leave it out).</summary>
internal static class Mistral
{
    public static Architecture Architecture { get; } = new("mistral", ["mistral"], ["MistralForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var attention = sizes.Attention(config);
        var windows = config.Windows(sizes.Layers, _ => true);
        var network = new DenseFeedForward(config.Size("intermediate_size"), config.Function("hidden_act", "silu"), Gated: true);
        return sizes.Decoder("mistral", i => new DecoderLayer(attention with { Window = windows[i] }, network));
    }
}
