using LlmSim.Execution.Memory;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>One forward pass that somebody wants to know about, or a generation: a prefill and the decode passes after it.</summary>
public sealed record PassQuestion
{
    /// <summary>What one device executes of all layers: the model, or its part of it (<see cref="DevicePart"/>).</summary>
    public required LanguageModel Model { get; init; }

    /// <summary>The device that runs it, one of <see cref="Parallelism"/>.</summary>
    public required Device Device { get; init; }

    /// <summary>Operator times on that device, collectives included.</summary>
    public required ITimeModel Time { get; init; }

    /// <summary>Number formats.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Prefill or decode; prefill for a generation, which begins with one.</summary>
    public required Phase Phase { get; init; }

    /// <summary>Sequences, at least 1, over all devices and micro-batches.</summary>
    public required int Batch { get; init; }

    /// <summary>Prompt tokens in prefill, at least 1; tokens already in the cache in decode, at least 0.</summary>
    public required int Length { get; init; }

    /// <summary>Tokens that each sequence generates, at least 1; null for a single pass.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Prompt tokens of one more sequence, from an empty cache, that a decode pass processes beside its decodes, at least 0.</summary>
    public int ChunkTokens { get; init; }

    /// <summary>Whether attention is one fused kernel; otherwise scores pass through memory.</summary>
    public bool FusedAttention { get; init; } = true;

    /// <summary>Whether fused attention reads keys and values once for each block of queries that fits on chip, instead of once.</summary>
    public bool AttentionInBlocks { get; init; }

    /// <summary>How kernels are issued.</summary>
    public StreamUse Streams { get; init; } = StreamUse.One;

    /// <summary>Time to launch each kernel, in seconds, at least 0.</summary>
    public double LaunchSeconds { get; init; }

    /// <summary>How the allocator rounds buffers.</summary>
    public AllocatorRounding Allocator { get; init; } = AllocatorRounding.Exact;

    /// <summary>Whether logits are computed at every position rather than where a token is sampled.</summary>
    public bool AllLogits { get; init; }

    /// <summary>How the devices share the model; operators and memory are those of one device of each stage.</summary>
    public Parallelism Parallelism { get; init; } = Parallelism.None;

    /// <summary>Equal parts of the batch that follow each other through the stages, at least 1.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>Where operators run.</summary>
    public IPlacementPolicy Placement { get; init; } = PlacementPolicies.Device;

    /// <summary>What lies outside the device and is fetched; null for nothing.</summary>
    public OffloadPolicy? Offload { get; init; }

    /// <summary>The counting.</summary>
    public CountingRules Rules { get; init; }

    /// <summary>A published throughput to stand beside the predicted one, in tokens per second; null for none.</summary>
    public double? PublishedTokensPerSecond { get; init; }

    /// <summary>What runs, in a word: "prefill", "decode" or "generate".</summary>
    public string Kind => OutputTokens is not null ? "generate" : Phase == Phase.Prefill ? "prefill" : "decode";

    /// <summary>The length in words: "prompt 512, output 32".</summary>
    public string LengthText => OutputTokens is { } output ? FormattableString.Invariant($"prompt {Length}, output {output}")
        : FormattableString.Invariant($"{(Phase == Phase.Prefill ? "prompt" : "context")} {Length}{(ChunkTokens > 0 ? $", chunk {ChunkTokens}" : "")}");

    /// <summary>The devices in words: "8 × a100-80gb-sxm".</summary>
    /// <param name="device">How the device is called.</param>
    public string Devices(string device) => Parallelism.Devices > 1 ? FormattableString.Invariant($"{Parallelism.Devices} × {device}") : device;

    /// <summary>The error to expect of the times of what runs.</summary>
    public string StatedError => PassPlanning.Times(this).StatedError(TimedOperators.Of([PassPlanning.Executed(this)], Precision) with
    {
        Prompts = OutputTokens is not null || Phase == Phase.Prefill || ChunkTokens > 0,
        Decodes = OutputTokens is not null || Phase == Phase.Decode,
    });

    /// <summary>Parts of the batch that are computed one after another: micro-batches, or the batches of an offloading block.</summary>
    internal int Parts => Offload?.BatchesPerBlock ?? MicroBatches;

    /// <summary>Sequences of one part on one device.</summary>
    public int SequencesPerPart
    {
        get
        {
            // Of sequences that do not divide evenly among devices, the fullest sets the pace.
            var onDevice = (Batch + Parallelism.BatchParts - 1) / Parallelism.BatchParts;
            return (onDevice + Parts - 1) / Parts;
        }
    }

    /// <summary>Whether its length is that of a schedule, rather than a sum of operators.</summary>
    internal bool IsScheduled => Offload is not null || Parallelism.Pipeline > 1 || MicroBatches > 1 || Streams != StreamUse.One || LaunchSeconds > 0;
}
