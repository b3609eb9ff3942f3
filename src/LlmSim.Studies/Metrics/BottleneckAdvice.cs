using LlmSim.Execution.Collectives;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Metrics;

/// <summary>What to try against a bottleneck: only what shortens an iteration by at least a twentieth, by the model.</summary>
internal static class BottleneckAdvice
{
    /// <summary>A change is worth its while where the time after it is below this share of the time before.</summary>
    private const double Worth = 0.95;

    /// <summary>Advice for the replicas that limit a run, best first.</summary>
    public static IReadOnlyList<string> Of(ReplicaGroup group, PhaseFigures phases, Summary summary, bool kvFull, IReadOnlyList<ReplicaGroup> groups)
    {
        var (plan, decode, cache) = (group.Plan, phases.Decode, group.Fullest);
        var advice = new List<string>();
        // What machines and engines are told is told to those replicas only.
        var which = groups.Count > 1 ? $", for the {group.Name}" : "";
        var shape = PhaseFigures.DecodeShape(plan, plan.Stages[0], decode.Sequences, decode.Context);
        var offload = plan.Offload;
        var fetches = decode.Fetching is { HoldsUp: true } || phases.Prefill.Fetching is { HoldsUp: true };
        double Seconds(Precision precision) => Fetching.SecondsOf(plan, offload, precision, shape);
        var now = Seconds(plan.Precision);
        var decodes = phases.PrefillShare < 0.9;
        if (fetches) advice.AddRange(KeepMore(plan, offload!, cache.PeakKvBlocks, shape, now).Select(a => a + which));
        if (kvFull && plan.Precision.KvCache.Bits() > 8)
            advice.Add(FormattableString.Invariant($"precision.kv = fp8 doubles the KV cache to {2 * cache.KvBlocks * cache.BlockTokens:N0} tokens"));
        if (decodes && (decode.Share(Limit.Weights) > 0.3 || (fetches && offload!.Weights.Away > 0)) && plan.Precision.Weights is { } weights && weights.Format.Bits() > 8)
        {
            var then = Seconds(plan.Precision with { Weights = new WeightFormat(NumberFormat.Fp8) });
            if (then < Worth * now) advice.Add($"precision.weights = fp8 {Shortens("a decode iteration", now, then)}");
        }

        if (decodes && (decode.Share(Limit.Kv) > 0.3 || (fetches && offload!.KvCache.Away > 0)) && plan.Precision.KvCache.Bits() > 8)
        {
            var then = Seconds(plan.Precision with { KvCache = NumberFormat.Fp8 });
            if (then < Worth * now) advice.Add($"precision.kv = fp8 {Shortens("a decode iteration", now, then)}");
        }

        if (summary.Utilization.HostShare > 0.1 && plan.Engine.AsyncScheduling != true)
            advice.Add(FormattableString.Invariant($"engine.asyncScheduling = true hides host time behind the device ({summary.Utilization.HostShare:P0} of the iteration time){which}"));
        if ((summary.Saturated || group.Busy(summary.SimulatedSeconds) > 0.8) && !fetches && WiderTensorParallel(plan, phases) is { } wider) advice.Add(wider + which);
        if (summary.Saturated)
            advice.Add((groups.Count > 1 ? $"more {group.Name}" : "more replicas") + FormattableString.Invariant($": the rate that one sustains is {summary.Throughput.RequestsPerSecond:G3} requests/s for all that were simulated"));
        else if (groups.All(g => g.Busy(summary.SimulatedSeconds) < 0.3)) advice.Add("a smaller or cheaper device, or more load: the machine is mostly idle");
        return advice;
    }

    private static string Shortens(string what, double now, double then) => FormattableString.Invariant($"shortens {what} from {now * 1e3:G3} to {then * 1e3:G3} ms");

    /// <summary>Twice the devices for each operator; null where that brings little to what takes the time.</summary>
    private static string? WiderTensorParallel(ReplicaPlan plan, PhaseFigures phases)
    {
        var doubled = plan.Machine.TensorParallel * 2;
        if (plan.Machine.PipelineParallel > 1) return null;
        var prefills = phases.PrefillShare > 0.5;
        var tokens = phases.Prefill.Context;
        var shape = prefills ? PhaseFigures.PrefillShape(plan, plan.Stages[0], tokens) : PhaseFigures.DecodeShape(plan, plan.Stages[0], phases.Decode.Sequences, phases.Decode.Context);
        var now = Fetching.SecondsOf(plan, plan.Offload, plan.Precision, shape);
        return Sharded(plan, doubled, shape) is { } then && then < Worth * now
            ? $"machine.tensorParallel = {doubled} {Shortens(prefills ? FormattableString.Invariant($"a prefill of {tokens:N0} tokens") : "a decode iteration", now, then)} and more than doubles the KV cache" : null;
    }

    /// <summary>Seconds of a pass, nothing offloaded, with more devices to each operator; null where they cannot share it.</summary>
    private static double? Sharded(ReplicaPlan plan, int devices, in BatchShape shape)
    {
        if (TensorParallel.Obstacles(plan.Model, devices).Count > 0 || Topology.Of(plan.Device) is not { } topology) return null;
        // On one device the times do not yet know collectives; on several they do already.
        var time = plan.Machine.TensorParallel > 1 ? plan.Time : new CollectiveTimeModel(plan.Time, topology);
        return ForwardPass.Run(TensorParallel.Shard(plan.Model, devices), shape, plan.Precision, time).Seconds;
    }

    /// <summary>What keeping more on the device brings, as far as it has room beside the most KV blocks that were used, and what more memory would.</summary>
    private static IEnumerable<string> KeepMore(ReplicaPlan plan, OffloadPolicy offload, long blocks, BatchShape shape, double now)
    {
        var memory = plan.Memory;
        var usable = plan.MemoryUtilization * memory.CapacityBytes;
        var cacheAway = blocks * (memory.OnHost.KvBytesPerBlock + memory.OnFlash.KvBytesPerBlock);
        var room = usable - memory.WeightBytes - memory.ActivationBytes - memory.PrefetchBytes - blocks * memory.KvBytesPerBlock;
        // Where all weights stay, no buffers are needed to fetch them.
        var weights = memory.AwayWeightBytes <= room + memory.PrefetchBytes ? 0 : Less(offload.Weights.Away, memory.AwayWeightBytes, room);
        var kept = offload.Weights.Away > 0 ? (1 - weights / offload.Weights.Away) * memory.AwayWeightBytes : 0;
        var left = room + (weights == 0 ? memory.PrefetchBytes : 0) - kept;
        // Attention that runs on the host's processor finds the cache there on purpose.
        var kv = plan.Machine.Placement == PlacementPolicies.Device.Name ? Less(offload.KvCache.Away, cacheAway, left) : offload.KvCache.Away;
        var all = weights == 0 && kv == 0;
        var then = Fetching.SecondsOf(plan, all ? null : offload with { Weights = Away(offload.Weights, weights), KvCache = Away(offload.KvCache, kv) }, plan.Precision, shape);
        if (then < Worth * now)
        {
            var members = new List<string>();
            if (weights < offload.Weights.Away) members.Add(FormattableString.Invariant($"machine.offload.weights = {weights:0.##}"));
            if (kv < offload.KvCache.Away) members.Add(FormattableString.Invariant($"machine.offload.kv = {kv:0.##}"));
            // Only where the scenario says the shares is there a member to write; elsewhere the schedule decides.
            var written = plan.Machine.Offload!.Schedule == OffloadSection.LayerAhead;
            if (written || all) yield return $"{(written ? string.Join(" with ", members) : "machine.offload = null")} {Shortens("a decode iteration", now, then)}: the device has room for {(members.Count > 1 ? "both" : "it")}";
            if (all) yield break;
        }

        for (var devices = 2 * plan.Machine.TensorParallel; devices <= 64; devices *= 2)
        {
            var part = (double)plan.Machine.TensorParallel / devices;
            if (part * (memory.WeightBytes + memory.AwayWeightBytes + blocks * memory.KvBytesPerBlock + cacheAway) + memory.ActivationBytes > usable) continue;
            if (Sharded(plan, devices, shape) is { } faster && faster < Worth * now)
                yield return FormattableString.Invariant($"machine.tensorParallel = {devices} without machine.offload {Shortens("a decode iteration", now, faster)}: {devices} devices hold {devices * memory.CapacityBytes / 1e9:0} GB");
            yield break;
        }
    }

    /// <summary>The share that must stay away when so much room is filled, in steps of a twentieth, so that it can be written down.</summary>
    private static double Less(double share, double bytes, double room) => bytes <= 0 ? share : Math.Min(share, Math.Max(0, Math.Ceiling(20 * share * (1 - Math.Max(0, room) / bytes)) / 20));

    /// <summary>The same memories with another share outside the device.</summary>
    private static Shares Away(Shares shares, double away) => shares.Away > 0 ? new(1 - away, away * shares.Host / shares.Away, away * shares.Flash / shares.Away) : shares;
}
