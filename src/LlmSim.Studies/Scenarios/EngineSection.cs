using LlmSim.Serving.Settings;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>
/// How an engine batches. Members may also be written as the engine's own flags ("--max-num-seqs": 256); which flags a policy knows,
/// <c>llmsim policies show</c> tells.
/// </summary>
public sealed record EngineSection
{
    /// <summary>The serving engine's settings.</summary>
    [Flattened]
    public EngineSettings Settings { get; init; } = new();

    /// <summary>Share of the device's memory that the engine takes, for computing the KV blocks when <c>kvBlocks</c> is not given.</summary>
    [Bounds(0.01, 1)]
    public double MemoryUtilization { get; init; } = 0.9;

    /// <summary>
    /// What an engine adds to the forward passes, by engine and version: host time, which <c>hostNanoseconds</c> and <c>hostNanosecondsPerSequence</c> override; device time
    /// around the pass; the API server's share; and, where not given, <c>asyncScheduling</c> and <c>capturedBatchSizes</c>.
    /// </summary>
    [OneOf("@hostTimes")]
    public string HostTime { get; init; } = "none";

    /// <summary>Device time of each iteration beside the forward pass (copies, graph start, sampling), in nanoseconds, in place of that engine's.</summary>
    [Bounds(0, 1e9)]
    public long? StepNanoseconds { get; init; }

    /// <summary>Device time beside the forward pass for each position sampled, in nanoseconds, in place of that engine's.</summary>
    [Bounds(0, 1e9)]
    public long? StepNanosecondsPerSequence { get; init; }

    /// <summary>The API server's share of each request: from its arrival to the engine's queue, in nanoseconds, in place of that engine's.</summary>
    [Bounds(0, 1e10)]
    public long? RequestNanoseconds { get; init; }
}

/// <summary>Replicas that are alike among themselves and differ from the scenario's.</summary>
public sealed record ReplicaGroup
{
    /// <summary>How many.</summary>
    [Bounds(1, 4096)]
    public int Count { get; init; } = 1;

    /// <summary>What they run on; null for the scenario's machine.</summary>
    public MachineSection? Machine { get; init; }

    /// <summary>How they batch; null for the scenario's engine.</summary>
    public EngineSection? Engine { get; init; }
}

/// <summary>The link from prefill to decode replicas.</summary>
public sealed record KvLinkSection
{
    /// <summary>Bandwidth in bytes per second; by default that of the prefill device's network, else of its link to its peers.</summary>
    [Bounds(1, 1e15)]
    public double? BytesPerSecond { get; init; }

    /// <summary>Time to the first byte, in seconds; by default that link's.</summary>
    [Bounds(0, 10)]
    public double? LatencySeconds { get; init; }

    /// <summary>Whether each layer's keys and values are sent as soon as they are computed, so that most of the transfer hides behind the prefill.</summary>
    public bool LayerByLayer { get; init; }
}
