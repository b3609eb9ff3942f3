namespace LlmSim.Execution.Offloading;

/// <summary>What lies where during a pass, and how it is moved.</summary>
public sealed record OffloadPolicy
{
    /// <summary>The name that people know it by.</summary>
    public required string Name { get; init; }

    /// <summary>Where the weights of the layers lie. What comes before and after the layers stays on the device.</summary>
    public Shares Weights { get; init; } = Shares.OnDevice;

    /// <summary>Whether whole layers lie in one place (the first on the device, then host, then flash) rather than the same shares of each.</summary>
    public bool ByLayer { get; init; }

    /// <summary>Where the KV cache lies.</summary>
    public Shares KvCache { get; init; } = Shares.OnDevice;

    /// <summary>Whether the hidden states of a block of batches wait in host memory between layers; otherwise they stay on the device.</summary>
    public bool ActivationsOnHost { get; init; }

    /// <summary>Layers that are fetched ahead of use; 0 fetches each when it is needed, so that copies and computation alternate.</summary>
    public int PrefetchLayers { get; init; } = 1;

    /// <summary>Whether host buffers are pinned. Copies from pageable memory pass a staging buffer and reach half the
    /// link's rate, and flash read through the page cache half of its own.</summary>
    public bool Pinned { get; init; } = true;

    /// <summary>Whether attention over the part of the KV cache that is not on the device runs on the host's processor instead of fetching it.</summary>
    public bool CpuAttention { get; init; }

    /// <summary>Batches that pass through a layer before the next layer's weights are used (FlexGen's block), at least 1.</summary>
    public int BatchesPerBlock { get; init; } = 1;

    /// <summary>
    /// Reads only active neurons, and keeps those of the last tokens: then <see cref="Weights"/> says where feed-forward weights lie, and attention is on the device. Null:
    /// all weights are needed in every pass.
    /// </summary>
    public FlashWindow? Window { get; init; }

    /// <summary>DeepSpeed ZeRO-Inference: all weights in host memory, or on flash where that is too small; one layer ahead through pinned buffers.</summary>
    public static OffloadPolicy ZeroInference(bool onFlash) => new() { Name = "zero-inference", Weights = onFlash ? Shares.OnFlash : Shares.OnHost };

    /// <summary>
    /// Hugging Face Accelerate with an automatic device map: whole layers fill the device, then host memory, then flash; each is copied from pageable memory when
    /// its turn comes.
    /// </summary>
    /// <param name="weights">What fits where.</param>
    public static OffloadPolicy Accelerate(Shares weights) => new() { Name = "accelerate", Weights = weights, ByLayer = true, PrefetchLayers = 0, Pinned = false };

    /// <summary>What is wrong with this policy, a sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var found = new List<string>();
        if (Weights.Problem("weights") is { } weights) found.Add(weights);
        if (KvCache.Problem("KV cache") is { } cache) found.Add(cache);
        if (Window?.Problem() is { } window) found.Add(window);
        if (PrefetchLayers is < 0 or > 64) found.Add($"prefetch: {PrefetchLayers} layers ahead must lie between 0 and 64");
        if (BatchesPerBlock is < 1 or > 1024) found.Add($"block: {BatchesPerBlock} batches must lie between 1 and 1024");
        return found;
    }
}
