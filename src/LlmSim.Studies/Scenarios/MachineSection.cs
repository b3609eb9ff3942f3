using LlmSim.Execution.Collectives;
using LlmSim.Execution.Parallelism;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>The machine under one replica.</summary>
public sealed record MachineSection
{
    /// <summary>The device: a catalogue name ("a100-80gb-sxm") or a hardware file.</summary>
    [Needed]
    [NameOrPath(".json")]
    public string Hardware { get; init; } = "";

    /// <summary>Kernel library of the engine, where the hardware file has constants of several ("vllm", "trtllm"); by default the first in the file, class by class.</summary>
    public string? Kernels { get; init; }

    /// <summary>Bandwidth of the device's main memory, in bytes per second, in place of the hardware file's.</summary>
    [Bounds(1e6, 1e18)]
    public double? MemoryBandwidthBytesPerSecond { get; init; }

    /// <summary>Bandwidth between the devices, in bytes per second and one direction, where it is not the hardware file's: a mainboard's PCIe, another bridge.</summary>
    [Bounds(1e6, 1e15)]
    public double? PeerBytesPerSecond { get; init; }

    /// <summary>Time of an empty message between the devices, in seconds, where it is not the hardware file's.</summary>
    [Bounds(0, 1)]
    public double? PeerLatencySeconds { get; init; }

    /// <summary>Devices of the replica; by default tensorParallel (with data-parallel attention expertParallel) × pipelineParallel.</summary>
    [Bounds(1, 65536)]
    public int? Count { get; init; }

    /// <summary>Devices that share each operator.</summary>
    [Bounds(1, 1024)]
    public int TensorParallel { get; init; } = 1;

    /// <summary>Stages that share the layers.</summary>
    [Bounds(1, 1024)]
    public int PipelineParallel { get; init; } = 1;

    /// <summary>Devices that share the experts of a mixture, each with whole ones: those of the tensor-parallel group, or with dataParallelAttention any number.</summary>
    [Bounds(1, 1024)]
    public int ExpertParallel { get; init; } = 1;

    /// <summary>Whether each of the expert-parallel devices has sequences of its own and all of the attention; tokens go to their experts and back by all-to-all.</summary>
    public bool DataParallelAttention { get; init; }

    /// <summary>
    /// Where operators run: all on the "device"; attention over the KV cache in units inside the memory ("pim-attention") or on the host's processor with the cache in its memory
    /// ("cpu-attention"); linear layers on the host's processor with their weights in its memory ("cpu-linears"); or each where it is "fastest".
    /// </summary>
    [OneOf("@placements")]
    public string Placement { get; init; } = "device";

    /// <summary>How devices carry out all-reduces and all-gathers: by the fastest for the size at hand (or as fitted to measurements, where there are any), or by the one named.</summary>
    [OneOf("auto", "ring", "tree", "one-shot")]
    public string Collectives { get; init; } = "auto";

    /// <summary>What lies in host memory or on flash and is fetched; null for nothing.</summary>
    public OffloadSection? Offload { get; init; }

    /// <summary>The algorithm of collectives.</summary>
    internal CollectiveAlgorithm Algorithm => Enum.Parse<CollectiveAlgorithm>(Collectives.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    /// <summary>How the devices share the model.</summary>
    internal Parallelism Sharing => new(TensorParallel, PipelineParallel, ExpertParallel, DataParallelAttention);
}
