using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>One forward pass that somebody wants to know about.</summary>
public sealed record PassQuestion
{
    /// <summary>What the device executes: the model, or its part of it (<see cref="DevicePart"/>).</summary>
    public required LanguageModel Model { get; init; }

    /// <summary>The device that runs it, one of <see cref="TensorParallel"/>.</summary>
    public required Device Device { get; init; }

    /// <summary>Operator times on that device.</summary>
    public required ITimeModel Time { get; init; }

    /// <summary>Number formats.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Prefill or decode.</summary>
    public required Phase Phase { get; init; }

    /// <summary>Sequences, at least 1.</summary>
    public required int Batch { get; init; }

    /// <summary>Prompt tokens in prefill, at least 1; tokens already in the cache in decode, at least 0.</summary>
    public required int Length { get; init; }

    /// <summary>Whether attention is one fused kernel; otherwise scores pass through memory.</summary>
    public bool FusedAttention { get; init; } = true;

    /// <summary>Whether logits are computed at every position rather than where a token is sampled.</summary>
    public bool AllLogits { get; init; }

    /// <summary>Devices that share every layer, at least 1; the answer is for one of them.</summary>
    public int TensorParallel { get; init; } = 1;

    /// <summary>The counting.</summary>
    public CountingRules Rules { get; init; }
}
