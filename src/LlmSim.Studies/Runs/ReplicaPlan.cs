using LlmSim.Execution.Offloading;
using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Serving.Settings;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs;

/// <summary>One replica, planned: what its devices execute, how long that takes, what its memory holds, and the settings its engine runs with.</summary>
public sealed record ReplicaPlan
{
    /// <summary>The machine as the scenario describes it.</summary>
    public required MachineSection Machine { get; init; }

    /// <summary>The device; all of a replica are alike.</summary>
    public required Device Device { get; init; }

    /// <summary>The whole model.</summary>
    public required LanguageModel Model { get; init; }

    /// <summary>What one device of each pipeline stage executes.</summary>
    public required IReadOnlyList<LanguageModel> Stages { get; init; }

    /// <summary>Number formats.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Operator times, collectives included; also where a measured table gives the step time, for finding out what binds.</summary>
    public required ITimeModel Time { get; init; }

    /// <summary>How long an iteration takes.</summary>
    public required IStepCost Cost { get; init; }

    /// <summary>Where step times come from.</summary>
    public required string TimeKind { get; init; }

    /// <summary>The error to expect of them.</summary>
    public required string StatedError { get; init; }

    /// <summary>The engine's settings, KV blocks and host time included.</summary>
    public required EngineSettings Engine { get; init; }

    /// <summary>What the API server takes for each request before the engine sees it, in nanoseconds.</summary>
    public long RequestNanoseconds { get; init; }

    /// <summary>Memory of one device of the fullest stage.</summary>
    public required DeviceMemory Memory { get; init; }

    /// <summary>Share of a device's memory that may be used, 0 to 1.</summary>
    public double MemoryUtilization { get; init; } = 1;

    /// <summary>What is offloaded; null for nothing.</summary>
    public OffloadPolicy? Offload { get; init; }

    /// <summary>Approximations made here, one sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Its devices, for people: "2 × NVIDIA L4".</summary>
    public string Hardware => Devices > 1 ? $"{Devices} × {Device.Title}" : Device.Title;

    /// <summary>Devices of the replica.</summary>
    public int Devices => Machine.Sharing.Devices;

    /// <summary>Devices of one stage, which are alike.</summary>
    public int DevicesPerStage => Machine.Sharing.DevicesPerStage;
}

/// <summary>What the main memory of one device holds, in bytes.</summary>
/// <param name="CapacityBytes">What there is.</param>
/// <param name="WeightBytes">Weights.</param>
/// <param name="ActivationBytes">Most activations alive at once, in a full prefill batch.</param>
/// <param name="KvBytesPerBlock">One KV block's share on this device.</param>
/// <param name="PrefetchBytes">Buffers into which offloaded weights are fetched.</param>
/// <param name="OnHost">What of this device's weights and KV blocks lies in host memory.</param>
/// <param name="OnFlash">What of them lies on flash.</param>
public sealed record DeviceMemory(
    double CapacityBytes, double WeightBytes, double ActivationBytes, double KvBytesPerBlock, double PrefetchBytes = 0, OutsideMemory OnHost = default, OutsideMemory OnFlash = default)
{
    /// <summary>Weights of this device that lie elsewhere.</summary>
    public double AwayWeightBytes => OnHost.WeightBytes + OnFlash.WeightBytes;
}

/// <summary>What lies outside a device's memory, in bytes.</summary>
/// <param name="WeightBytes">Weights.</param>
/// <param name="KvBytesPerBlock">One KV block's share.</param>
public readonly record struct OutsideMemory(double WeightBytes, double KvBytesPerBlock);
