using System.Globalization;
using LlmSim.Execution.Collectives;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Plans;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.StepCosts.MeasuredTables;
using LlmSim.Files;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Serving.KvCaches;
using LlmSim.Serving.Policies;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs;

/// <summary>From a scenario's model, precision, machine and engine to a replica that can be simulated.</summary>
public static class ReplicaPlanner
{
    /// <summary>Plans a replica.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="machine">The replica's machine.</param>
    /// <param name="engine">The replica's engine.</param>
    /// <param name="parts">Models and devices read before.</param>
    /// <param name="file">The scenario's file, for messages.</param>
    /// <exception cref="InputException">The parts do not go together.</exception>
    /// <exception cref="ImpossibleException">The model does not fit.</exception>
    public static ReplicaPlan Plan(Scenario scenario, MachineSection machine, EngineSection engine, RunParts parts, string file)
    {
        var placed = parts.Placed(scenario, machine, file);
        var (model, device, precision) = (placed.Model, placed.Device, placed.Precision);
        var time = placed.FreshTime();
        var notes = new List<string>(model.Notes);
        if (machine.PipelineParallel > 1)
            notes.Add("pipeline: one batch at a time goes through all stages, so throughput is that without overlap between batches");
        var settings = engine.Settings;
        var defaults = BatchingPolicies.Find(settings.Policy)!.Defaults;
        var host = HostTime.Find(engine.HostTime)!;
        var maxLength = settings.MaxLength ?? model.MaxContextTokens ?? defaults.MaxLength ?? 4096;
        var blockTokens = settings.BlockTokens ?? defaults.BlockTokens ?? 16;
        var kvAway = machine.Offload?.Kv ?? 0;
        // What is left on the device; where nothing is, the blocks are bounded by the other memory.
        var kvBytesPerToken = placed.KvElementsPerToken * precision.KvCache.Bytes() * Math.Max(1 - kvAway, 1e-3);
        var chunk = (int)Math.Min(settings.MaxBatchTokens ?? defaults.MaxBatchTokens ?? Math.Max(2048, maxLength), 1 << 20);
        var memory = new DeviceMemory(
            device.MainMemory.CapacityBytes,
            placed.WeightBytes - (machine.Offload?.Weights ?? 0) * placed.LayerWeightBytes,
            placed.ActivationPeakBytes(chunk),
            kvBytesPerToken * blockTokens,
            // Buffers for the layer under way and the one fetched ahead of it.
            2 * (machine.Offload?.Weights ?? 0) * placed.LargestLayerWeightBytes,
            (machine.Offload?.Weights ?? 0) * placed.LayerWeightBytes,
            kvAway * placed.KvElementsPerToken * precision.KvCache.Bytes() * blockTokens);
        if (settings.KvBlocks is < 1)
            throw new InputException(new InputError(file, 0, "engine.kvBlocks", $"{settings.KvBlocks} is below 1", "give the number of KV blocks that the engine prints, or leave it out"));
        if (settings.KvBlocks is { } given && memory.WeightBytes + memory.ActivationBytes + given * memory.KvBytesPerBlock > memory.CapacityBytes)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"kvBlocks {given} was given and is more than the memory of {device.Name} holds beside the weights"));
        var blocks = settings.KvBlocks ?? KvCapacity.Blocks(memory.CapacityBytes, engine.MemoryUtilization, memory.WeightBytes, memory.ActivationBytes, memory.PrefetchBytes, kvBytesPerToken, blockTokens);
        if (blocks < 1) throw DoesNotFit(memory, engine.MemoryUtilization, device, machine, model);
        if (machine.Offload is { } offload && Offloads(offload))
            blocks = Math.Min(blocks, BlocksAway(offload, device, memory.AwayWeightBytes, memory.AwayKvBytesPerBlock));
        return new ReplicaPlan
        {
            Machine = machine,
            Device = device,
            Model = model,
            Stages = placed.Stages,
            Precision = precision,
            Time = time,
            Cost = placed.FreshCost(time),
            TimeKind = placed.TimeKind,
            StatedError = placed.StatedError,
            Memory = memory,
            Notes = notes,
            Engine = settings with
            {
                KvBlocks = blocks,
                BlockTokens = blockTokens,
                MaxLength = maxLength,
                KvBytesPerToken = settings.KvBytesPerToken ?? model.KvElementsPerToken * precision.KvCache.Bytes(),
                HostLinkBytesPerSecond = settings.HostLinkBytesPerSecond ?? device.LinkOf(LinkKind.Host)?.BandwidthBytesPerSecond,
                HostNanoseconds = settings.HostNanoseconds ?? (engine.HostTime == "none" ? null : host.Nanoseconds),
                HostNanosecondsPerSequence = settings.HostNanosecondsPerSequence ?? (engine.HostTime == "none" ? null : host.NanosecondsPerSequence),
            },
        };
    }

    /// <summary>Weights that offloading may move; what stands before and after the layers stays on the device.</summary>
    internal static double LayerWeights(LanguageModel stage, Precision precision) =>
        stage.LayerGroups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.WeightBytes(precision)));

    /// <summary>Places a model on a machine: everything that does not depend on the engine.</summary>
    /// <param name="key">What is placed on what.</param>
    /// <param name="parts">Models and devices read before.</param>
    /// <param name="file">The scenario's file, for messages.</param>
    /// <exception cref="InputException">The parts do not go together.</exception>
    internal static PlacedModel Place(PlacedModelKey key, RunParts parts, string file)
    {
        var (model, device, machine) = (parts.Model(key.Model), parts.Device(key.Machine), key.Machine);
        var precision = PrecisionOf(key.Precision);
        var operators = OperatorTimes(key.Time, device, file);
        var (stages, topology) = Divide(model, device, machine, file);
        ITimeModel FreshTime()
        {
            var fresh = operators is FittedTimeModel fitted ? fitted.Fresh() : operators;
            return topology is { } links ? CollectiveChoice.For(fresh, device, links) : fresh;
        }

        var time = FreshTime();
        var (cost, kind, error) = StepCost(key, model, stages, precision, time, device, file);
        return new PlacedModel
        {
            Device = device,
            Model = model,
            Stages = stages,
            Precision = precision,
            FreshTime = FreshTime,
            FreshCost = cost,
            TimeKind = kind,
            StatedError = error,
            WeightBytes = stages.Max(s => s.WeightBytes(precision)),
            LayerWeightBytes = stages.Max(s => LayerWeights(s, precision)),
            LargestLayerWeightBytes = stages.Max(s => s.LayerGroups.Select(g => g.Operators.Sum(o => o.Spec.WeightBytes(precision))).DefaultIfEmpty(0).Max()),
            KvElementsPerToken = stages.Max(s => s.KvElementsPerToken),
        };
    }

    /// <summary>Number formats by the names a scenario gives them.</summary>
    public static Precision PrecisionOf(PrecisionSection section)
    {
        static NumberFormat Format(string name) => NumberFormats.TryParse(name, out var format) ? format : throw new ArgumentOutOfRangeException(nameof(name), name, null);
        WeightFormat? weights = section.Weights == "as-exported" ? null
            : new WeightFormat(Format(section.Weights), section.GroupSize, section.GroupSize > 0 ? 16 : 0);
        return new Precision(weights, Format(section.Activations), Format(section.Kv));
    }

    /// <summary>The operator times that a scenario asks for; where a measured step table replaces them, what finds the bottleneck.</summary>
    /// <param name="asked">The scenario's <c>time</c>; null for the device's own.</param>
    /// <param name="device">The device.</param>
    /// <param name="file">The scenario's file, for messages.</param>
    /// <exception cref="InputException">The device has no such times.</exception>
    internal static ITimeModel OperatorTimes(string? asked, Device device, string file)
    {
        var time = TimeModelCatalogue.Create(asked is "ideal" ? "ideal" : "fitted", device, HardwareCatalogue.Default);
        if (asked == "fitted" && time.Kind != "fitted")
            throw new InputException(new InputError(file, 0, "time", $"{device.Name} has no fitted constants", "use \"ideal\", or leave time out"));
        return time;
    }

    private static (IReadOnlyList<LanguageModel> Stages, Topology? Topology) Divide(LanguageModel model, Device device, MachineSection machine, string file)
    {
        if (machine.TensorParallel * machine.PipelineParallel == 1) return ([model], null);
        var errors = new InputErrors();
        var topology = Topology.Of(device);
        if (topology is null) errors.Add(file, 0, "machine.hardware", $"{device.Name} has no link to other devices", "describe one in its hardware file");
        var spreadExperts = machine.ExpertParallel > 1;
        if (spreadExperts && machine.ExpertParallel != machine.TensorParallel)
            errors.Add(file, 0, "machine.expertParallel", $"{machine.ExpertParallel} differs from tensorParallel {machine.TensorParallel}", "make them equal, or leave it out");
        foreach (var obstacle in TensorParallel.Obstacles(model, machine.TensorParallel)) errors.Add(file, 0, "machine.tensorParallel", obstacle);
        if (machine.PipelineParallel > model.LayerCount)
            errors.Add(file, 0, "machine.pipelineParallel", $"{machine.PipelineParallel} stages for {model.LayerCount} layers", "take fewer");
        errors.ThrowIfAny();
        var part = TensorParallel.Shard(model, machine.TensorParallel);
        return (PipelineParallel.Stages(part, machine.PipelineParallel), topology);
    }

    private static (Func<ITimeModel, IStepCost> Cost, string Kind, string Error) StepCost(
        PlacedModelKey key, LanguageModel model, IReadOnlyList<LanguageModel> stages, Precision precision, ITimeModel time, Device device, string file)
    {
        if (key.Time == "measured")
        {
            var folder = key.TimeTable!;
            if (stages.Count > 1) throw new InputException(new InputError(file, 0, "time", "measured tables know one pipeline stage", "use pipelineParallel 1"));
            // Tables change nothing in themselves: one serves all simulations.
            IStepCost table = File.Exists(Path.Combine(folder, "dense.csv")) || File.Exists(Path.Combine(folder, "dense.csv.gz"))
                ? LlmServingSimTable.Read(folder, model.LayerCount) : VidurTable.Read(folder, model.LayerCount);
            return (_ => table, "measured", "a measured table: within a few percent between its points");
        }

        if (Offloads(key.Machine.Offload))
        {
            if (stages.Count > 1) throw new InputException(new InputError(file, 0, "machine.offload", "is not known together with pipeline stages", "use pipelineParallel 1"));
            ScheduledStepCost Scheduled(ITimeModel times) => new(new OffloadPlanner(stages[0], precision, device, times, Policy(key.Machine.Offload!)));
            try
            {
                Scheduled(time);
            }
            catch (PlanException e)
            {
                throw new InputException(new InputError(file, 0, "machine.offload", string.Join("; ", e.Problems)));
            }

            return (Scheduled, time.Kind, time.StatedError);
        }

        CompiledStepCost[] compiled = [.. stages.Select(s => new CompiledStepCost(s, precision, time))];
        return (times => compiled.Length == 1 ? compiled[0].Fresh(times) : new PipelineStepCost(compiled.Select(c => c.Fresh(times))), time.Kind, time.StatedError);
    }

    /// <summary>KV blocks whose offloaded part the other memory holds beside the offloaded weights; without bound where no KV cache goes there.</summary>
    private static long BlocksAway(OffloadSection offload, Device device, double weightBytes, double kvBytesPerBlock)
    {
        var kind = offload.To == "flash" ? MemoryKind.Flash : MemoryKind.Host;
        if (device.MemoryOf(kind) is not { } away) return long.MaxValue;
        var left = away.CapacityBytes - weightBytes;
        var blocks = kvBytesPerBlock > 0 ? (long)Math.Max(0, left / kvBytesPerBlock) : long.MaxValue;
        if (left >= 0 && blocks >= 1) return blocks;
        throw new ImpossibleException(string.Create(
            CultureInfo.InvariantCulture,
            $"the offloaded part does not fit: {weightBytes / 1e9:F1} GB of weights for the {away.CapacityBytes / 1e9:F1} GB of {away.Name}; offload less, or describe more memory in the hardware file"));
    }

    /// <summary>Whether it moves anything.</summary>
    internal static bool Offloads(OffloadSection? offload) => offload is { Weights: > 0 } or { Kv: > 0 };

    /// <summary>The offloading that a scenario describes.</summary>
    internal static OffloadPolicy Policy(OffloadSection offload)
    {
        Shares Split(double away) => offload.To == "flash" ? new Shares(1 - away, 0, away) : new Shares(1 - away, away, 0);
        return new OffloadPolicy { Name = "scenario", Weights = Split(offload.Weights), KvCache = Split(offload.Kv) };
    }

    private static ImpossibleException DoesNotFit(DeviceMemory memory, double utilization, Device device, MachineSection machine, LanguageModel model)
    {
        var usable = memory.CapacityBytes * utilization;
        var needed = memory.WeightBytes + memory.ActivationBytes + memory.PrefetchBytes + memory.KvBytesPerBlock;
        var remedies = new List<string>();
        for (var tp = machine.TensorParallel * 2; tp <= 64; tp *= 2)
        {
            if (memory.WeightBytes * machine.TensorParallel / tp + memory.ActivationBytes > usable * 0.9 || TensorParallel.Obstacles(model, tp).Count > 0) continue;
            remedies.Add($"tensorParallel {tp}");
            break;
        }

        remedies.Add("weights in fewer bits");
        return new ImpossibleException(FormattableString.Invariant(
            $"{model.Name} does not fit {device.Name}: each device needs {needed / 1e9:F1} GB ({memory.WeightBytes / 1e9:F1} GB weights, {memory.ActivationBytes / 1e9:F1} GB activations) and may use {usable / 1e9:F1} GB, {(needed - usable) / 1e9:F1} GB too little; try ")
            + string.Join(", or ", remedies));
    }
}
