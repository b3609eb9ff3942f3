using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// Phi-3 mini and medium, Phi-3.5 mini, Phi-4: Llama's layers, a window in every layer where the file names one, perhaps partial rotation.
/// </summary>
internal static class Phi3
{
    public static Architecture Architecture { get; } = new("phi3", ["phi3"], ["Phi3ForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var attention = sizes.Attention(config);
        var windows = config.Windows(sizes.Layers, _ => true);
        // Checkpoints pack gate and up in one matrix; exporters, and so this builder, write two.
        var network = new DenseFeedForward(config.Size("intermediate_size"), config.Function("hidden_act", "silu"), Gated: true);
        return sizes.Decoder("phi3", i => new DecoderLayer(attention with { Window = windows[i] }, network));
    }
}
