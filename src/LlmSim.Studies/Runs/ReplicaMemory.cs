using System.Globalization;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Serving.KvCaches;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs;

/// <summary>What the memories of a replica hold, and how many KV blocks they leave room for. Figures are those of the fullest stage's device.</summary>
internal sealed class ReplicaMemory
{
    private readonly PlacedModel _placed;
    private readonly Parallelism _sharing;
    private readonly double _utilization;
    private readonly MemoryDemand _demand;

    /// <summary>Adds up what a replica needs.</summary>
    /// <param name="placed">The model on its devices.</param>
    /// <param name="machine">How the devices share it, and where operators run: what they use lies there.</param>
    /// <param name="utilization">Share of the device's memory that may be used.</param>
    /// <param name="blockTokens">Tokens of a KV block.</param>
    /// <param name="chunk">Tokens of the largest prefill batch.</param>
    public ReplicaMemory(PlacedModel placed, MachineSection machine, double utilization, int blockTokens, int chunk)
    {
        (_placed, _sharing, _utilization) = (placed, machine.Sharing, utilization);
        var (precision, offload) = (placed.Precision, placed.Offload);
        var linears = machine.Placement == PlacementPolicies.CpuLinears.Name ? placed.Stages.Max(Linears) : 0;
        // Offloading moves weights of the layers; what stands before and after them stays.
        var weights = offload is null ? new Shares(1 - linears / placed.WeightBytes, linears / placed.WeightBytes, 0)
            : Scaled(offload.Weights, placed.LayerWeightBytes / placed.WeightBytes);
        var cache = offload?.KvCache ?? (machine.Placement == PlacementPolicies.CpuAttention.Name ? Shares.OnHost : Shares.OnDevice);
        // Each data-parallel device holds the keys and values of its own sequences.
        var kvBytesPerBlock = placed.KvElementsPerToken * precision.KvCache.Bytes() * blockTokens / _sharing.BatchParts;
        chunk = Math.Max(1, chunk / _sharing.BatchParts);
        Device = new DeviceMemory(
            placed.Device.MainMemory.CapacityBytes,
            (1 - weights.Away) * placed.WeightBytes,
            placed.ActivationPeakBytes(chunk),
            // Where nothing of a block is left on the device, its memory does not bound them.
            kvBytesPerBlock * Math.Max(1 - cache.Away, 1e-3),
            // Buffers for the layer under way and those fetched ahead of it.
            offload is null ? 0 : (1 + offload.PrefetchLayers) * offload.Weights.Away * placed.LargestLayerWeightBytes,
            new OutsideMemory(weights.Host * placed.WeightBytes, cache.Host * kvBytesPerBlock),
            new OutsideMemory(weights.Flash * placed.WeightBytes, cache.Flash * kvBytesPerBlock));
        var fullest = placed.Stages.MaxBy(s => s.WeightBytes(precision))!;
        _demand = new MemoryDemand(fullest, BatchShape.UniformPrefill(1, chunk, ForwardPass.Needs(fullest, placed.FreshTime())), precision)
        {
            CachedTokens = (double)blockTokens / _sharing.BatchParts,
            AwayShare = weights.Away,
            CacheAwayShare = cache.Away,
            ReserveBytes = Device.PrefetchBytes,
            Ranks = _sharing.Tensor,
            Sharded = Sharded,
        };
        double Linears(LanguageModel stage) => stage.Groups.Sum(g => g.Count * g.Operators.Where(o => o.Spec.Kernel is Linear).Sum(o => o.Spec.WeightBytes(precision)));
    }

    /// <summary>Figures of one device.</summary>
    public DeviceMemory Device { get; }

    /// <summary>KV blocks that all memories have room for, at least 1.</summary>
    /// <exception cref="ImpossibleException">The model does not fit: how much is missing, and what would make it fit.</exception>
    public long Blocks()
    {
        var blocks = KvCapacity.Blocks(
            Device.CapacityBytes, _utilization, Device.WeightBytes, Device.ActivationBytes, Device.PrefetchBytes, Device.KvBytesPerBlock, 1);
        if (blocks < 1) throw DoesNotFit();
        return Math.Min(blocks, Math.Min(Elsewhere(MemoryKind.Host, Device.OnHost), Elsewhere(MemoryKind.Flash, Device.OnFlash)));
    }

    /// <summary>Blocks whose part in another memory it holds beside the weights there; without bound where none goes there.</summary>
    private long Elsewhere(MemoryKind kind, OutsideMemory there)
    {
        if (there == default || _placed.Device.MemoryOf(kind) is not { } memory) return long.MaxValue;
        var left = memory.CapacityBytes - there.WeightBytes;
        var blocks = there.KvBytesPerBlock > 0 ? (long)Math.Max(0, left / there.KvBytesPerBlock) : long.MaxValue;
        if (left >= 0 && blocks >= 1) return blocks;
        throw new ImpossibleException(string.Create(
            CultureInfo.InvariantCulture,
            $"the offloaded part does not fit: {there.WeightBytes / 1e9:F1} GB of weights for the {memory.CapacityBytes / 1e9:F1} GB of {memory.Name}, {Math.Max(0, -left) / 1e9:F1} GB too little; offload less, or describe more memory in the hardware file"));
    }

    private ImpossibleException DoesNotFit()
    {
        var fit = MemoryFit.Of(_demand, _placed.Device, _utilization);
        return new ImpossibleException(string.Create(
            CultureInfo.InvariantCulture,
            $"{_placed.Model.Name} does not fit {_placed.Device.Name}: each device needs {fit.NeededBytes / 1e9:F1} GB ({Device.WeightBytes / 1e9:F1} GB weights, {Device.ActivationBytes / 1e9:F1} GB activations, and room for at least one KV block) and may use {fit.CapacityBytes / 1e9:F1} GB, {fit.MissingBytes / 1e9:F1} GB too little; ")
            + (fit.Remedies.Count > 0 ? "each of these alone would make it fit: " + string.Join("; ", fit.Remedies) : "no single change that was tried makes it fit"));
    }

    /// <summary>The fullest stage's part with more devices to each operator.</summary>
    private LanguageModel? Sharded(int ranks)
    {
        var wider = _sharing with { Tensor = ranks, Expert = _sharing.Expert > 1 ? ranks : 1 };
        return _sharing.DataParallelAttention || wider.Obstacles(_placed.Model).Count > 0 ? null
            : PipelineParallel.Stages(wider.Shard(_placed.Model), wider.Pipeline).MaxBy(s => s.WeightBytes(_demand.Precision));
    }

    private static Shares Scaled(Shares shares, double part) => new(1 - part * shares.Away, part * shares.Host, part * shares.Flash);
}
