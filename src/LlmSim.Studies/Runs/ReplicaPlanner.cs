using System.Globalization;
using LlmSim.Execution.Collectives;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.StepCosts.MeasuredTables;
using LlmSim.Files;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Serving.Policies;
using LlmSim.Studies.Engines;
using LlmSim.Studies.Passes;
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
        if (machine.DataParallelAttention)
            notes.Add($"data-parallel attention: every iteration's sequences are spread evenly over the {machine.ExpertParallel} devices");
        if (machine.PipelineParallel > 1)
            notes.Add(FormattableString.Invariant($"pipeline: up to {engine.Settings.BatchesInFlight ?? machine.PipelineParallel} batches are in flight; a request is in one of them at a time"));
        var settings = engine.Settings;
        var defaults = BatchingPolicies.Find(settings.Policy)!.Defaults;
        var around = EngineTimes.Find(engine.HostTime)!.With(
            settings.AsyncScheduling, ("hostSeconds", settings.HostNanoseconds), ("hostSecondsPerSequence", settings.HostNanosecondsPerSequence),
            ("stepSeconds", engine.StepNanoseconds), ("stepSecondsPerSequence", engine.StepNanosecondsPerSequence), ("requestSeconds", engine.RequestNanoseconds));
        var maxLength = settings.MaxLength ?? model.MaxContextTokens ?? defaults.MaxLength ?? 4096;
        var blockTokens = settings.BlockTokens ?? defaults.BlockTokens ?? 16;
        var chunk = (int)Math.Min(settings.MaxBatchTokens ?? defaults.MaxBatchTokens ?? Math.Max(2048, maxLength), 1 << 20);
        var memory = new ReplicaMemory(placed, machine, engine.MemoryUtilization, blockTokens, chunk);
        if (settings.KvBlocks is < 1)
            throw new InputException(new InputError(file, 0, "engine.kvBlocks", $"{settings.KvBlocks} is below 1", "give the number of KV blocks that the engine prints, or leave it out"));
        if (settings.KvBlocks is { } given && memory.Device.WeightBytes + memory.Device.ActivationBytes + given * memory.Device.KvBytesPerBlock > memory.Device.CapacityBytes)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"kvBlocks {given} was given and is more than the memory of {device.Name} holds beside the weights"));
        var blocks = settings.KvBlocks ?? memory.Blocks();
        return new ReplicaPlan
        {
            Machine = machine,
            Device = device,
            Model = model,
            Stages = placed.Stages,
            Precision = precision,
            Time = time,
            Cost = Around(placed.FreshCost(time), around),
            RequestNanoseconds = around.Nanoseconds("requestSeconds"),
            TimeKind = placed.TimeKind,
            StatedError = around.Stated.Length > 0 ? $"{placed.StatedError}; {around.Stated}" : placed.StatedError,
            Memory = memory.Device,
            MemoryUtilization = engine.MemoryUtilization,
            Offload = placed.Offload,
            Notes = notes,
            Engine = settings with
            {
                KvBlocks = blocks,
                BlockTokens = blockTokens,
                MaxLength = maxLength,
                KvBytesPerToken = settings.KvBytesPerToken ?? model.KvElementsPerToken * precision.KvCache.Bytes(),
                HostLinkBytesPerSecond = settings.HostLinkBytesPerSecond ?? device.LinkOf(LinkKind.Host)?.BandwidthBytesPerSecond,
                MemoryBytesPerSecond = settings.MemoryBytesPerSecond ?? (double)machine.TensorParallel * machine.PipelineParallel * device.MemoryBandwidthBytesPerSecond,
                HostNanoseconds = around.Values.ContainsKey("hostSeconds") ? around.Nanoseconds("hostSeconds") : null,
                HostNanosecondsPerSequence = around.Values.ContainsKey("hostSecondsPerSequence") ? around.Nanoseconds("hostSecondsPerSequence") : null,
                AsyncScheduling = around.AsyncScheduling,
                CapturedBatchSizes = settings.CapturedBatchSizes ?? around.CapturedBatchSizes,
                CaptureMixedBatches = settings.CaptureMixedBatches ?? around.CaptureMixedBatches,
            },
        };
    }

    /// <summary>A forward pass with what the engine does on the device around it.</summary>
    private static IStepCost Around(IStepCost pass, EngineTime times)
    {
        var (constant, slope) = (times.Nanoseconds("stepSeconds"), times.Nanoseconds("stepSecondsPerSequence"));
        return constant + slope > 0 ? new EngineStepCost(pass, constant, slope) : pass;
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
        var placement = PlacementPolicies.Find(machine.Placement)!;
        CheckServing(key, machine, device, placement, file);
        var (stages, topology) = Divide(model, device, machine, file);
        var operators = OperatorTimes(key.Time, key.OperatorTables, model, machine, parts.Device(machine.Hardware), device, precision, file);
        var offload = Offloading(machine.Offload, placement, model, precision, device);
        ITimeModel FreshTime()
        {
            var fresh = operators.Fresh();
            if (topology is { } links) fresh = new CollectiveTimeModel(fresh, links, machine.Algorithm);
            // With offloading the plan says where attention runs.
            return placement == PlacementPolicies.Device || offload is not null ? fresh : new PlacedTimes(fresh, device, placement);
        }

        var time = FreshTime();
        var (cost, kind, error) = StepCost(key, model, stages, precision, time, device, offload, file);
        if (machine.DataParallelAttention)
        {
            var alone = cost;
            cost = times => new DataParallelStepCost(alone(times), machine.ExpertParallel);
        }

        return new PlacedModel
        {
            Device = device,
            Model = model,
            Stages = stages,
            Precision = precision,
            Offload = offload,
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
            : new WeightFormat(Format(section.Weights), section.GroupSize, section.GroupSize > 0 ? 16 : 0, section.GroupSize > 0 && section.ZeroPoints ? 16 : 0);
        return new Precision(weights, Format(section.Activations), Format(section.Kv));
    }

    /// <summary>The operator times that a scenario asks for; where a measured step table replaces them, what finds the bottleneck.</summary>
    /// <param name="asked">The scenario's <c>time</c>; null for the device's own.</param>
    /// <param name="tables">Measured operator tables.</param>
    /// <param name="model">The whole model.</param>
    /// <param name="machine">How devices share it.</param>
    /// <param name="measured">The device as its file describes it.</param>
    /// <param name="device">The device, with what the scenario sets over it.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="file">The scenario's file, for messages.</param>
    /// <exception cref="InputException">The device has no such times, or a table is wrong.</exception>
    internal static ITimeModel OperatorTimes(
        string? asked, IReadOnlyList<string> tables, LanguageModel model, MachineSection machine, Device measured, Device device, Precision precision, string file)
    {
        var name = asked is "ideal" ? "ideal" : "fitted";
        if (machine.Kernels is { } kernels && TimeModelChoice.ProblemOf(kernels, name, device) is { } problem)
            throw new InputException(new InputError(file, 0, "machine.kernels", problem.What, problem.Remedy));
        var time = TimeModelCatalogue.Create(name, device, HardwareCatalogue.Default, machine.Kernels);
        if (asked == "fitted" && time.Kind != "fitted")
            throw new InputException(new InputError(file, 0, "time", $"{device.Name} has no fitted constants", "use \"ideal\", or leave time out"));
        var errors = new InputErrors();
        var times = Runs.OperatorTables.Over(time, tables, model, machine, measured, device, precision, errors);
        errors.ThrowIfAny();
        return times!;
    }

    /// <summary>What a serving replica cannot do, though a forward pass can.</summary>
    private static void CheckServing(PlacedModelKey key, MachineSection machine, Device device, IPlacementPolicy placement, string file)
    {
        var errors = new InputErrors();
        void Wrong(string member, string problem, string remedy) => errors.Add(file, 0, member, problem, remedy);
        if (PlacedTimes.Obstacle(placement, device) is { } missing)
            Wrong("machine.placement", $"\"{placement.Name}\" cannot be: {missing}", "choose another placement, or describe them in the hardware file");
        if (placement == PlacementPolicies.Fastest)
            Wrong("machine.placement", "\"fastest\" chooses anew for each batch, while weights and KV cache lie in one place", "write pim-attention, cpu-attention or cpu-linears");
        if (key.StepTable is not null && placement != PlacementPolicies.Device) Wrong("machine.placement", "stands beside a measured step table, which knows its own machine only", "leave one of them out");
        if (key.StepTable is not null && machine.Kernels is not null) Wrong("machine.kernels", "stands beside a measured step table, whose kernels are in its times", "leave one of them out");
        if (OffloadChoice.Moves(machine.Offload))
        {
            if (machine.Offload!.Schedule is "accelerate" or "flexgen")
                Wrong("machine.offload.schedule", $"\"{machine.Offload.Schedule}\" is made for one batch of known size, which a serving engine has not", "write layer-ahead or zero-inference, or study it as a pass");
            if (machine.Offload.BatchesPerBlock > 1) Wrong("machine.offload.batchesPerBlock", "is for forward passes of a fixed batch", "leave it out");
            if (machine.PipelineParallel > 1) Wrong("machine.offload", "is not known together with pipeline stages", "use pipelineParallel 1");
            if (placement != PlacementPolicies.Device && placement != PlacementPolicies.CpuAttention)
                Wrong("machine.placement", $"\"{placement.Name}\" stands beside offloading", "with offloading write device or cpu-attention");
        }

        errors.ThrowIfAny();
    }

    private static (IReadOnlyList<LanguageModel> Stages, Topology? Topology) Divide(LanguageModel model, Device device, MachineSection machine, string file)
    {
        var errors = new InputErrors();
        var topology = DevicePart.Check(model, device, machine.Sharing, PassWords.Scenario(file), errors);
        errors.ThrowIfAny();
        return topology is null ? ([model], null) : (PipelineParallel.Stages(machine.Sharing.Shard(model), machine.PipelineParallel), topology);
    }

    private static (Func<ITimeModel, IStepCost> Cost, string Kind, string Error) StepCost(
        PlacedModelKey key, LanguageModel model, IReadOnlyList<LanguageModel> stages, Precision precision, ITimeModel time, Device device,
        OffloadPolicy? offload, string file)
    {
        if (key.StepTable is { } folder)
        {
            if (stages.Count > 1) throw new InputException(new InputError(file, 0, "time", "measured tables know one pipeline stage", "use pipelineParallel 1"));
            // Tables change nothing in themselves: one serves all simulations.
            IStepCost table = File.Exists(Path.Combine(folder, "dense.csv")) || File.Exists(Path.Combine(folder, "dense.csv.gz"))
                ? LlmServingSimTable.Read(folder, model.LayerCount) : VidurTable.Read(folder, model.LayerCount);
            return (_ => table, "measured", "a measured table: within a few percent between its points");
        }

        if (offload is not null)
        {
            ScheduledStepCost Scheduled(ITimeModel times) => new(new OffloadPlanner(stages[0], precision, device, times, offload));
            try
            {
                Scheduled(time);
            }
            catch (PlanException e)
            {
                throw new InputException(new InputError(file, 0, "machine.offload", string.Join("; ", e.Problems)));
            }

            return (Scheduled, time.Kind, time.StatedError(TimedOperators.Of(stages, precision)));
        }

        CompiledStepCost[] compiled = [.. stages.Select(s => new CompiledStepCost(s, precision, time))];
        return (times => compiled.Length == 1 ? compiled[0].Fresh(times) : new PipelineStepCost(compiled.Select(c => c.Fresh(times))), time.Kind, time.StatedError(TimedOperators.Of(stages, precision)));
    }

    /// <summary>What a scenario's offloading comes to; null where nothing is offloaded.</summary>
    private static OffloadPolicy? Offloading(OffloadSection? offload, IPlacementPolicy placement, LanguageModel model, Precision precision, Device device)
    {
        if (!OffloadChoice.Moves(offload)) return null;
        return offload!.Schedule == OffloadSection.LayerAhead ? OffloadChoice.Written(offload, placement)
            : OffloadPolicy.ZeroInference(onFlash: model.WeightBytes(precision) >= (device.MemoryOf(MemoryKind.Host)?.CapacityBytes ?? 0));
    }
}
