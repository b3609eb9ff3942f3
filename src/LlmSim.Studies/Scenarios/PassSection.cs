using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>A single forward pass.</summary>
public sealed record PassSection
{
    /// <summary>Whether prompts are processed or tokens generated.</summary>
    [OneOf("prefill", "decode")]
    public string Phase { get; init; } = "decode";

    /// <summary>Sequences.</summary>
    [Bounds(1, 1e6)]
    public int Batch { get; init; } = 1;

    /// <summary>Tokens of each prompt (prefill).</summary>
    [Bounds(1, 1e8)]
    public int Prompt { get; init; } = 2048;

    /// <summary>Tokens in the cache before this one (decode).</summary>
    [Bounds(0, 1e8)]
    public int Context { get; init; } = 2048;

    /// <summary>Whether attention is one fused kernel, or scores pass through memory.</summary>
    [OneOf("fused", "unfused")]
    public string Attention { get; init; } = "fused";

    /// <summary>Further operators to fuse; none by default.</summary>
    [OneOf("qkv", "gate-up", "norm", "activation", "residual")]
    public IReadOnlyList<string> Fusions { get; init; } = [];

    /// <summary>Where linear layers run, and their weights lie: on the device, or on the host's processor and in its memory.</summary>
    [OneOf("device", "host")]
    public string Linears { get; init; } = "device";

    /// <summary>How work and memory are counted: as an engine does it, or as the survey's tool LLM-Viewer does (ideal times, one device).</summary>
    [OneOf("standard", "llm-viewer")]
    public string Rules { get; init; } = "standard";
}
