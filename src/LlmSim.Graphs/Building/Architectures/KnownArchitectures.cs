namespace LlmSim.Graphs.Building.Architectures;

/// <summary>The families that the builder knows.</summary>
internal static class KnownArchitectures
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        Llama.Architecture,
        Mistral.Architecture,
        Qwen.Architecture,
        Qwen2.Architecture,
        Qwen3.Architecture,
        Phi.Architecture,
        Phi3.Architecture,
        Gemma.Architecture,
        Gemma2.Architecture,
        Gemma3.Architecture,
        Mixtral.Architecture,
        Qwen2Moe.Architecture,
        Qwen3Moe.Architecture,
        DeepSeek.Architecture,
        Glm4Moe.Architecture,
        MiniMaxM2.Architecture,
        GptOss.Architecture,
        Opt.Architecture,
        Gpt2.Architecture,
        GptJ.Architecture,
        GptNeoX.Architecture,
        Falcon.Architecture,
        StarCoder2.Architecture,
        ChatGlm.Architecture,
    ];

    /// <summary>The family that a configuration belongs to: by its model_type, else by its class name.</summary>
    public static Architecture? Find(string modelType, IReadOnlyList<string> classNames) =>
        All.FirstOrDefault(a => a.ModelTypes.Contains(modelType, StringComparer.OrdinalIgnoreCase))
        ?? All.FirstOrDefault(a => a.ClassNames.Any(n => classNames.Contains(n, StringComparer.Ordinal)));
}
