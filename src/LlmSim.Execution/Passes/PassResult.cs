using LlmSim.Execution.Memory;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Passes;

/// <summary>One forward pass, its operators added up. Seconds are not rounded.</summary>
public sealed record PassResult
{
    /// <summary>Operators, in order of execution.</summary>
    public required IReadOnlyList<PassRow> Rows { get; init; }

    /// <summary>Σ count × time, in seconds: the operators one after another.</summary>
    public required double Seconds { get; init; }

    /// <summary>Σ count × work.</summary>
    public required OperatorWork Work { get; init; }

    /// <summary>Bytes of all weights on this device, whether this pass reads them or not.</summary>
    public required double WeightBytes { get; init; }

    /// <summary>Bytes of keys and values in the cache once the pass has written its own.</summary>
    public required double KvCacheBytes { get; init; }

    /// <summary>The moment at which activations occupy the most memory.</summary>
    public required ActivationPeak Activations { get; init; }

    /// <summary>Weights, KV cache and the activations' peak, in bytes.</summary>
    public double PeakMemoryBytes => WeightBytes + KvCacheBytes + Activations.Bytes;
}
