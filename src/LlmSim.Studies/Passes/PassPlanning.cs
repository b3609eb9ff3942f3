using LlmSim.Execution.Fusion;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>Binds a question to what executes it: the model with the attention asked for, the batch of one part on one device, the planner, the schedule.</summary>
internal static class PassPlanning
{
    /// <summary>The model with the attention that was asked for.</summary>
    public static LanguageModel Executed(PassQuestion question)
    {
        if (!question.FusedAttention) return AttentionExpansion.Unfused(question.Model);
        return question.AttentionInBlocks && OnChipBytes(question.Device) is { } bytes
            ? Fusions.WithQueryBlocks(question.Model, bytes, question.Precision.KvCache.Bytes()) : question.Model;
    }

    /// <summary>On-chip memory that one thread block can use; null when the device describes none.</summary>
    public static double? OnChipBytes(Device device) =>
        device.MemoryOf(MemoryKind.Scratchpad) is { } all ? all.CapacityBytes / Math.Max(1, device.Compute.Multiprocessors ?? 1) : null;

    /// <summary>Operator times where the operators run.</summary>
    public static ITimeModel Times(PassQuestion question) =>
        question.Placement == PlacementPolicies.Device || question.Offload is not null ? question.Time : new PlacedTimes(question.Time, question.Device, question.Placement);

    /// <summary>The batch of one part (a micro-batch, a batch of an offloading block) on one device.</summary>
    public static BatchShape BatchOf(PassQuestion question, LanguageModel model)
    {
        var needs = ForwardPass.Needs(model, question.Time);
        if (question.Phase == Phase.Prefill) return BatchShape.UniformPrefill(question.SequencesPerPart, question.Length, needs, question.AllLogits);
        var batch = BatchShape.UniformDecode(question.SequencesPerPart, question.Length, needs);
        if (question.ChunkTokens > 0) batch.Prefill.Add(0, question.ChunkTokens, needs);
        return batch;
    }

    /// <summary>Places a single pass on its units.</summary>
    /// <exception cref="PlanException">The machine cannot do this.</exception>
    public static PassSchedule Schedule(PassQuestion question)
    {
        var model = Executed(question);
        return Scheduler.Run(Planner(question, model).Plan(BatchOf(question, model)));
    }

    /// <summary>Stages and micro-batches of a pipeline.</summary>
    public static PipelinePlanner Pipeline(PassQuestion question, LanguageModel model) => new(
        model, question.Parallelism.Pipeline, question.MicroBatches, question.Precision, question.Device, question.Time, Options(question));

    private static IPassPlanner Planner(PassQuestion question, LanguageModel model)
    {
        if (question.Offload is { } offload) return new OffloadPlanner(model, question.Precision, question.Device, question.Time, offload);
        return question.IsScheduled ? Pipeline(question, model) : new PassPlanner(model, question.Precision, question.Device, question.Time, Options(question));
    }

    private static PassOptions Options(PassQuestion question) => new() { Placement = question.Placement, Streams = question.Streams, LaunchSeconds = question.LaunchSeconds };
}
