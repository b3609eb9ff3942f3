using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Qwen2, Qwen2.5 and MiMo-7B: Llama with biases on queries, keys and values; the window is off unless use_sliding_window is on.</summary>
internal static class Qwen2
{
    public static Architecture Architecture { get; } = new("qwen2", ["qwen2", "mimo"], ["Qwen2ForCausalLM", "MiMoForCausalLM"], Read);

    /// <summary>The window of each layer: none unless use_sliding_window, and then from layer max_window_layers on.</summary>
    internal static IReadOnlyList<int?> Windows(ConfigReader config, int layers)
    {
        if (!config.Flag("use_sliding_window", false)) return new int?[layers];
        var first = config.Count("max_window_layers", layers);
        return config.Windows(layers, i => i >= first);
    }

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var attention = sizes.Attention(config) with { QkvBias = true };
        var windows = Windows(config, sizes.Layers);
        var network = new DenseFeedForward(config.Size("intermediate_size"), config.Function("hidden_act", "silu"), Gated: true);
        var decoder = sizes.Decoder("qwen2", i => new DecoderLayer(attention with { Window = windows[i] }, network));
        return config.Count("num_nextn_predict_layers", 0) > 0 ? decoder with { Notes = [ModelNotes.NoPrediction] } : decoder;
    }
}
