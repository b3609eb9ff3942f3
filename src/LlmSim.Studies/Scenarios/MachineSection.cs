using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>The machine under one replica.</summary>
public sealed record MachineSection
{
    /// <summary>The device: a catalogue name ("a100-80gb-sxm") or a hardware file.</summary>
    [Needed]
    [NameOrPath(".json")]
    public string Hardware { get; init; } = "";

    /// <summary>Bandwidth of the device's main memory, in bytes per second, in place of the hardware file's.</summary>
    [Bounds(1e6, 1e18)]
    public double? MemoryBandwidthBytesPerSecond { get; init; }

    /// <summary>Devices of the replica; by default tensorParallel × pipelineParallel.</summary>
    [Bounds(1, 65536)]
    public int? Count { get; init; }

    /// <summary>Devices that share each operator.</summary>
    [Bounds(1, 1024)]
    public int TensorParallel { get; init; } = 1;

    /// <summary>Stages that share the layers.</summary>
    [Bounds(1, 1024)]
    public int PipelineParallel { get; init; } = 1;

    /// <summary>Devices that share the experts of a mixture, within the tensor-parallel group.</summary>
    [Bounds(1, 1024)]
    public int ExpertParallel { get; init; } = 1;

    /// <summary>What lives in host memory or on flash instead of the device; null for nothing.</summary>
    public OffloadSection? Offload { get; init; }
}

/// <summary>Shares that live outside the device's memory and are fetched ahead of use.</summary>
public sealed record OffloadSection
{
    /// <summary>Where they live.</summary>
    [OneOf("host", "flash")]
    public string To { get; init; } = "host";

    /// <summary>Share of the weights, from 0 to 1.</summary>
    [Bounds(0, 1)]
    public double Weights { get; init; }

    /// <summary>Share of the KV cache, from 0 to 1.</summary>
    [Bounds(0, 1)]
    public double Kv { get; init; }
}
