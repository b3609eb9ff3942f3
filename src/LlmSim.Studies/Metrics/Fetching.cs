using LlmSim.Execution.Offloading;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Schedules;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Runs;

namespace LlmSim.Studies.Metrics;

/// <summary>A pass that fetches what is offloaded while it computes: how long it takes, and whether the fetching is what holds it up.</summary>
/// <param name="Seconds">Duration of the pass.</param>
/// <param name="Share">Share of it in which the busiest way from outside the device is busy.</param>
/// <param name="HoldsUp">Whether that way is busier than the device itself.</param>
/// <param name="What">What that way does: what is fetched, from where and over which link, for people.</param>
internal sealed record Fetching(double Seconds, double Share, bool HoldsUp, string What)
{
    /// <summary>The pass of a replica whose machine offloads, over its one stage.</summary>
    public static Fetching Of(ReplicaPlan plan, OffloadPolicy offload, Precision precision, in BatchShape batch)
    {
        var schedule = Scheduler.Run(new OffloadPlanner(plan.Stages[0], precision, plan.Device, plan.Time, offload).Plan(batch));
        // The first unit is the device; copies, flash and host processor follow.
        var way = Enumerable.Range(1, schedule.Plan.Units.Count - 1).MaxBy(schedule.Utilization);
        var share = schedule.Utilization(way);
        return new Fetching(schedule.Picoseconds * 1e-12, share, share > schedule.Utilization(0), Words(plan, offload, precision, batch, schedule.Plan.Units[way]));
    }

    /// <summary>Seconds of a pass over all stages, what is offloaded fetched where something is.</summary>
    public static double SecondsOf(ReplicaPlan plan, OffloadPolicy? offload, Precision precision, in BatchShape batch)
    {
        if (offload is not null) return Of(plan, offload, precision, batch).Seconds;
        var sum = 0.0;
        foreach (var stage in plan.Stages) sum += ForwardPass.Run(stage, batch, precision, plan.Time).Seconds;
        return sum;
    }

    private static string Words(ReplicaPlan plan, OffloadPolicy offload, Precision precision, in BatchShape batch, string way)
    {
        if (way == "cpu") return "attention on the host's processor";
        var weights = offload.Weights.Away * ReplicaPlanner.LayerWeights(plan.Stages[0], precision);
        var kv = offload.KvCache.Away * plan.Stages[0].KvElementsPerToken * batch.ContextTokens * precision.KvCache.Bytes();
        var what = weights > 2 * kv ? "weights" : kv > 2 * weights ? "KV cache" : "weights and KV cache";
        // A drive's own rate is one limit, the link that all copies take is another.
        return way.StartsWith("flash", StringComparison.Ordinal) ? $"fetching the offloaded {what} from {plan.Device.MemoryOf(MemoryKind.Flash)?.Name ?? "flash"} memory at that memory's own rate"
            : $"fetching the offloaded {what} from {plan.Device.MemoryOf(MemoryKind.Host)?.Name ?? "host"} memory over {plan.Device.LinkOf(LinkKind.Host)?.Name ?? "the host link"}";
    }
}
