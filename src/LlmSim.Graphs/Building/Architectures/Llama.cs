using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>Llama 1 to 3, and the many models of the same architecture (Yi, CodeLlama, Vicuna, SmolLM, InternLM 1, DeepSeek-LLM…).</summary>
internal static class Llama
{
    public static Architecture Architecture { get; } = new(
        "llama", ["llama", "Yi", "internlm"], ["LlamaForCausalLM", "YiForCausalLM", "InternLMForCausalLM"], Read);

    private static DecoderShape Read(ConfigReader config)
    {
        var sizes = CommonSizes.Read(config);
        // InternLM 1 calls the flag "bias", and takes its absence for true.
        var bias = config.Text("model_type", "llama") == "internlm" ? config.Flag("bias", true) : config.Flag("attention_bias", false);
        var attention = sizes.Attention(config) with { QkvBias = bias, OutputBias = bias };
        var network = new DenseFeedForward(config.Size("intermediate_size"), config.Function("hidden_act", "silu"), Gated: true)
        {
            Bias = config.Flag("mlp_bias", false),
        };
        return sizes.Decoder("llama", _ => new DecoderLayer(attention, network));
    }
}
