using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>What lies outside the device's memory, and how it gets there and back.</summary>
public sealed record OffloadSection
{
    /// <summary>
    /// Who decides: "layer-ahead", the members below; "zero-inference", all weights in host memory (on flash where that is too small), one layer ahead; "accelerate", whole layers fill the
    /// device, then the host, then flash, fetched when their turn comes; "flexgen", shares and blocks searched for the highest throughput of a generation.
    /// </summary>
    [OneOf("layer-ahead", "zero-inference", "accelerate", "flexgen")]
    public string Schedule { get; init; } = LayerAhead;

    /// <summary>Where a share goes that does not say.</summary>
    [OneOf("host", "flash")]
    public string To { get; init; } = "host";

    /// <summary>Weights of the layers.</summary>
    public OffloadShare Weights { get; init; } = new();

    /// <summary>The KV cache. With machine.placement "cpu-attention" the host's processor attends to it where it lies; otherwise it is fetched.</summary>
    public OffloadShare Kv { get; init; } = new();

    /// <summary>Whether the share of the weights is one of whole layers (the first ones stay on the device) instead of a part of each layer.</summary>
    public bool WholeLayers { get; init; }

    /// <summary>Layers fetched ahead of use; 0 fetches each when its turn comes.</summary>
    [Bounds(0, 64)]
    public int PrefetchLayers { get; init; } = 1;

    /// <summary>Whether host buffers are pinned; copies from pageable memory reach half the link's rate, and flash read through the page cache a quarter of its own.</summary>
    public bool Pinned { get; init; } = true;

    /// <summary>Whether the hidden states wait in host memory between layers.</summary>
    public bool HiddenStates { get; init; }

    /// <summary>Parts of a pass's batch that each layer's weights serve, one after another, before they go (FlexGen's block); for forward passes.</summary>
    [Bounds(1, 1024)]
    public int BatchesPerBlock { get; init; } = 1;

    /// <summary>Reading only the feed-forward neurons that are active; null to read all weights. Attention then stays on the device.</summary>
    public NeuronWindow? NeuronWindow { get; init; }

    internal const string LayerAhead = "layer-ahead";
}

/// <summary>A share that lies outside the device's memory: a number for what goes to the one place that the section names, or the shares in host memory and on flash.</summary>
[Shorthand("away")]
public sealed record OffloadShare
{
    /// <summary>Share that goes to the one place that the section names, from 0 to 1.</summary>
    [Bounds(0, 1)]
    public double Away { get; init; }

    /// <summary>Share in host memory, from 0 to 1.</summary>
    [Bounds(0, 1)]
    public double Host { get; init; }

    /// <summary>Share on flash, from 0 to 1.</summary>
    [Bounds(0, 1)]
    public double Flash { get; init; }

    /// <summary>All that is away.</summary>
    internal double Sum => Away + Host + Flash;
}

/// <summary>Reads only active feed-forward neurons, and keeps those of the last tokens (LLM in a flash).</summary>
public sealed record NeuronWindow
{
    /// <summary>Share of the neurons that one token activates, above 0 and at most 1.</summary>
    [Bounds(0.0001, 1)]
    public double ActiveShare { get; init; } = 0.1;

    /// <summary>Last tokens whose neurons stay in memory.</summary>
    [Bounds(0, 1000000)]
    public int Tokens { get; init; } = 5;
}
