using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// gpt-oss: windows in alternate layers (first one slides), attention sinks, biases everywhere, experts with clamped SwiGLU whose weights are
/// MXFP4 in the published checkpoints.
/// </summary>
internal static class GptOss
{
    public static Architecture Architecture { get; } = new("gpt_oss", ["gpt_oss"], ["GptOssForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        var bias = config.Flag("attention_bias", true);
        var attention = sizes.Attention(config) with { QkvBias = bias, OutputBias = bias, Sinks = true };
        var windows = config.Windows(sizes.Layers, i => i % 2 == 0);
        var experts = Experts.Read(config, "num_local_experts", config.Size("intermediate_size")) with
        {
            RouterBias = true,
            ClampedSwigluLimit = (float)config.Number("swiglu_limit", 1e-3, 1e6, 7),
        };
        return sizes.Decoder("gpt_oss", i => new DecoderLayer(attention with { Window = windows[i] }, experts));
    }
}
