using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Memory;

/// <summary>What a device's main memory is asked to hold: weights, KV cache, and the most activations alive at once.</summary>
/// <param name="Model">What one device executes.</param>
/// <param name="Batch">The batch with the most activations.</param>
/// <param name="Precision">Number formats.</param>
public sealed record MemoryDemand(LanguageModel Model, BatchShape Batch, Precision Precision)
{
    /// <summary>Tokens whose keys and values are held, at least 0; by default those of the batch.</summary>
    public double CachedTokens { get; init; } = Batch.ContextTokens;

    /// <summary>Share of all weights that lies elsewhere, 0 to 1.</summary>
    public double AwayShare { get; init; }

    /// <summary>Share of the KV cache that lies elsewhere, 0 to 1.</summary>
    public double CacheAwayShare { get; init; }

    /// <summary>Bytes taken by something else: buffers into which weights are fetched.</summary>
    public double ReserveBytes { get; init; }

    /// <summary>Devices that share each operator already, at least 1.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>What one of so many devices would execute; null where the model cannot be divided so.</summary>
    public Func<int, LanguageModel?> Sharded { get; init; } = _ => null;

    /// <summary>Bytes of weights on the device.</summary>
    public double WeightBytes => (1 - AwayShare) * Model.WeightBytes(Precision);

    /// <summary>Bytes of keys and values on the device.</summary>
    public double CacheBytes => (1 - CacheAwayShare) * Model.KvElementsPerToken * CachedTokens * Precision.KvCache.Bytes();

    /// <summary>Bytes of activations alive at once.</summary>
    public double ActivationBytes => LiveRanges.PeakOf(Model, Batch, Precision).Bytes;

    /// <summary>All of it, with the reserve.</summary>
    public double Bytes => WeightBytes + CacheBytes + ActivationBytes + ReserveBytes;
}
