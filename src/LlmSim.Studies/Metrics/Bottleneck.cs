using LlmSim.Execution.Offloading;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Serving.Results;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Metrics;

/// <summary>What limited a run, in a sentence, and what to try, with the gain that the model expects.</summary>
/// <param name="Sentence">The limit.</param>
/// <param name="Advice">What to try, best first.</param>
internal sealed record Bottleneck(string Sentence, IReadOnlyList<string> Advice)
{
    /// <summary>Judges by the busiest replica: its typical decode iteration, its full prefill, its KV cache and its host.</summary>
    public static Bottleneck Find(IReadOnlyList<ReplicaPlan> plans, IReadOnlyList<ReplicaTotals> totals, Summary summary, ReadOnlySpan<RequestRow> rows)
    {
        var busiest = 0;
        for (var i = 1; i < totals.Count; i++)
            if (totals[i].BusyNanoseconds > totals[busiest].BusyNanoseconds) busiest = i;
        var (plan, total) = (plans[busiest], totals[busiest]);
        if (total.Iterations == 0) return new Bottleneck("Nothing ran: no request reached an engine.", []);
        var phases = Phases(plan, total);
        var kvFull = total.KvBlocks > 0 && total.PeakKvBlocks >= 0.97 * total.KvBlocks;
        var decode = phases.Decode;
        var sentence = new List<string>();
        if (summary.Saturated) sentence.Add("It cannot keep up:");
        if (kvFull && (total.Preemptions > 0 || summary.Saturated))
        {
            sentence.Add(FormattableString.Invariant(
                $"the KV cache is full ({total.KvBlocks * total.BlockTokens:N0} tokens, {summary.KvCache.Preemptions:N0} preemptions), which holds the batch at {decode.Sequences} sequences;"));
        }

        sentence.Add(phases.PrefillShare > 0.5
            ? FormattableString.Invariant($"prefill takes {phases.PrefillShare:P0} of the busy time and is {Words(phases.Prefill)}")
            : FormattableString.Invariant($"decode takes {1 - phases.PrefillShare:P0} of the busy time and is {Words(decode)} ({decode.Milliseconds:G3} ms for {decode.Sequences} sequences of {decode.Context:N0} tokens)"));
        if (summary.Utilization.HostShare > 0.2) sentence.Add(FormattableString.Invariant($"; {summary.Utilization.HostShare:P0} of the iteration time is the host's"));
        if (summary.Utilization.Bubble > 0.2) sentence.Add(FormattableString.Invariant($"; the pipeline's stages stand idle {summary.Utilization.Bubble:P0} of it"));
        if (!summary.Saturated) sentence.Add(FormattableString.Invariant($"; the engine is busy {summary.Utilization.Busy:P0} of the time"));
        var text = string.Join(' ', sentence).Replace(" ;", ";", StringComparison.Ordinal);
        return new Bottleneck(char.ToUpperInvariant(text[0]) + text[1..] + ".", Try(plan, total, summary, phases, kvFull));
    }

    private static string Words(Binding binding) => binding.Fetching is { HoldsUp: true } fetching
        ? FormattableString.Invariant($"held up by fetching {fetching.What}, busy {fetching.Share:P0} of that time") : binding.Share(Limit.Weights) > 0.5 ? FormattableString.Invariant($"bound by reading weights from {binding.WeightMemory} ({binding.Share(Limit.Weights):P0} of it)")
        : binding.Share(Limit.Kv) > 0.5 ? FormattableString.Invariant($"bound by reading the KV cache from {binding.CacheMemory} ({binding.Share(Limit.Kv):P0} of it)")
        : binding.Share(Limit.Compute) > 0.5 ? FormattableString.Invariant($"bound by arithmetic ({binding.Share(Limit.Compute):P0} of it)")
        : binding.Share(Limit.Link) > 0.3 ? FormattableString.Invariant($"held up by communication between devices ({binding.Share(Limit.Link):P0} of it)")
        : FormattableString.Invariant($"bound by memory ({binding.Share(Limit.Weights):P0} weights, {binding.Share(Limit.Kv):P0} KV cache, {binding.Share(Limit.Activations):P0} activations) and arithmetic ({binding.Share(Limit.Compute):P0})");

    private static List<string> Try(ReplicaPlan plan, ReplicaTotals total, Summary summary, PhaseFigures phases, bool kvFull)
    {
        var advice = new List<string>();
        var decode = phases.Decode;
        var shape = Decode(plan, plan.Stages[0], decode.Sequences, decode.Context);
        var offload = plan.Offload;
        var fetches = decode.Fetching is { HoldsUp: true } || phases.Prefill.Fetching is { HoldsUp: true };
        double Seconds(Precision precision) => Fetching.SecondsOf(plan, offload, precision, shape);
        var now = Seconds(plan.Precision);
        var decodes = phases.PrefillShare < 0.9;
        if (fetches) advice.AddRange(KeepMore(plan, offload!, shape, now));
        if (kvFull && (total.Preemptions > 0 || summary.Saturated) && plan.Precision.KvCache.Bits() > 8)
            advice.Add(FormattableString.Invariant($"precision.kv = fp8 doubles the KV cache to {2 * total.KvBlocks * total.BlockTokens:N0} tokens"));
        if (decodes && (decode.Share(Limit.Weights) > 0.3 || (fetches && offload!.Weights.Away > 0)) && plan.Precision.Weights is { } weights && weights.Format.Bits() > 8)
        {
            var then = Seconds(plan.Precision with { Weights = new WeightFormat(NumberFormat.Fp8) });
            if (then < 0.95 * now) advice.Add(FormattableString.Invariant($"precision.weights = fp8 shortens a decode iteration from {now * 1e3:G3} to {then * 1e3:G3} ms"));
        }

        if (decodes && (decode.Share(Limit.Kv) > 0.3 || (fetches && offload!.KvCache.Away > 0)) && plan.Precision.KvCache.Bits() > 8)
        {
            var then = Seconds(plan.Precision with { KvCache = NumberFormat.Fp8 });
            if (then < 0.95 * now) advice.Add(FormattableString.Invariant($"precision.kv = fp8 shortens a decode iteration from {now * 1e3:G3} to {then * 1e3:G3} ms"));
        }

        if (summary.Utilization.HostShare > 0.1 && plan.Engine.AsyncScheduling != true)
            advice.Add(FormattableString.Invariant($"engine.asyncScheduling = true hides host time behind the device ({summary.Utilization.HostShare:P0} of the iteration time)"));
        var doubled = plan.Machine.TensorParallel * 2;
        if ((summary.Saturated || summary.Utilization.Busy > 0.8) && plan.Machine.PipelineParallel == 1 && !fetches && TensorParallel.Obstacles(plan.Model, doubled).Count == 0
            && Execution.Collectives.Topology.Of(plan.Device) is { } topology)
        {
            // On one device the times do not yet know collectives; on several they do already.
            var time = plan.Machine.TensorParallel > 1 ? plan.Time : CollectiveChoice.For(plan.Time, plan.Device, topology);
            var then = ForwardPass.Run(TensorParallel.Shard(plan.Model, doubled), shape, plan.Precision, time).Seconds;
            advice.Add(FormattableString.Invariant($"machine.tensorParallel = {doubled} shortens a decode iteration from {now * 1e3:G3} to {then * 1e3:G3} ms and more than doubles the KV cache"));
        }

        if (summary.Saturated) advice.Add("more replicas: the rate that one sustains is " + FormattableString.Invariant($"{summary.Throughput.RequestsPerSecond:G3} requests/s for all that were simulated"));
        else if (summary.Utilization.Busy < 0.3) advice.Add("a smaller or cheaper device, or more load: the machine is mostly idle");
        return advice;
    }

    /// <summary>What keeping more on the device brings, as far as it has room, and what more memory would.</summary>
    private static IEnumerable<string> KeepMore(ReplicaPlan plan, OffloadPolicy offload, BatchShape shape, double now)
    {
        var room = plan.Memory.CapacityBytes - plan.Memory.WeightBytes - plan.Memory.ActivationBytes - plan.Memory.PrefetchBytes - plan.Engine.KvBlocks!.Value * plan.Memory.KvBytesPerBlock;
        // In steps of a twentieth, so that the figure can be written down.
        double Less(double share, double bytes) => bytes <= 0 ? share : Math.Max(0, Math.Ceiling(20 * share * (1 - Math.Max(0, room) / bytes)) / 20);
        var weights = Less(offload.Weights.Away, plan.Memory.AwayWeightBytes);
        // Only where the scenario says the shares is there a member to write; elsewhere the schedule decides.
        if (weights < offload.Weights.Away && plan.Machine.Offload!.Schedule == OffloadSection.LayerAhead)
        {
            var then = Fetching.SecondsOf(plan, offload with { Weights = Away(offload.Weights, weights) }, plan.Precision, shape);
            yield return FormattableString.Invariant($"machine.offload.weights = {weights:0.##} shortens a decode iteration from {now * 1e3:G3} to {then * 1e3:G3} ms: the device has room for them");
        }

        var doubled = plan.Machine.TensorParallel * 2;
        if (TensorParallel.Obstacles(plan.Model, doubled).Count == 0 && Execution.Collectives.Topology.Of(plan.Device) is not null)
            yield return FormattableString.Invariant($"machine.tensorParallel = {doubled} without machine.offload: {doubled} devices hold {doubled * plan.Memory.CapacityBytes / 1e9:0} GB");
    }

    /// <summary>The same memories with another share outside the device.</summary>
    private static Shares Away(Shares shares, double away) => new(1 - away, away * shares.Host / shares.Away, away * shares.Flash / shares.Away);

    private static PhaseFigures Phases(ReplicaPlan plan, ReplicaTotals total)
    {
        // Of sequences that are spread over data-parallel devices, one of these has its part.
        var decodes = (int)Math.Max(1, Math.Round((double)total.DecodeTokens / total.Iterations / plan.Machine.Sharing.BatchParts));
        var context = (int)Math.Max(1, total.ContextTokens / Math.Max(1, total.SequenceIterations));
        var decode = Bind(plan, s => Decode(plan, s, decodes, context), decodes, context);
        var chunk = (int)Math.Clamp(total.PrefillTokens, 1, 1024);
        var prefill = Bind(plan, s => BatchShape.UniformPrefill(1, chunk, ForwardPass.Needs(s, plan.Time)), 1, chunk);
        var prefillSeconds = prefill.Milliseconds * total.PrefillTokens / chunk;
        var decodeSeconds = decode.Milliseconds * total.Iterations * (total.DecodeTokens > 0 ? 1 : 0);
        return new PhaseFigures(decode, prefill, prefillSeconds + decodeSeconds > 0 ? prefillSeconds / (prefillSeconds + decodeSeconds) : 0);
    }

    private static BatchShape Decode(ReplicaPlan plan, LanguageModel stage, int sequences, int context) =>
        BatchShape.UniformDecode(sequences, context, ForwardPass.Needs(stage, plan.Time));

    private static Binding Bind(ReplicaPlan plan, Func<LanguageModel, BatchShape> shape, int sequences, int context)
    {
        var seconds = new double[Enum.GetValues<Limit>().Length];
        foreach (var stage in plan.Stages)
            foreach (var row in ForwardPass.Run(stage, shape(stage), plan.Precision, plan.Time).Rows)
                seconds[(int)LimitOf(row)] += row.TotalSeconds;
        var fetching = plan.Offload is { } offload ? Fetching.Of(plan, offload, plan.Precision, shape(plan.Stages[0])) : null;
        // Operators on the host's processor find what they read in its memory.
        string Memory(string onHost) => plan.Machine.Placement == onHost ? plan.Device.MemoryOf(MemoryKind.Host)!.Name : plan.Device.MainMemory.Name;
        return new Binding(seconds, sequences, context, Memory(PlacementPolicies.CpuLinears.Name), Memory(PlacementPolicies.CpuAttention.Name), fetching);
    }

    private static Limit LimitOf(PassRow row) => row.Time.Bound switch
    {
        Bound.Compute => Limit.Compute,
        Bound.Link => Limit.Link,
        Bound.Overhead => Limit.Overhead,
        _ => row.Work.KvBytes > row.Work.WeightBytes ? Limit.Kv : row.Work.WeightBytes > 0.5 * row.Work.MemoryBytes ? Limit.Weights : Limit.Activations,
    };

    private enum Limit
    {
        Weights,
        Kv,
        Activations,
        Compute,
        Link,
        Overhead,
    }

    private sealed record Binding(double[] Seconds, int Sequences, int Context, string WeightMemory, string CacheMemory, Fetching? Fetching)
    {
        public double Milliseconds => (Fetching?.Seconds ?? Seconds.Sum()) * 1e3;

        public double Share(Limit limit) => Seconds.Sum() is var sum and > 0 ? Seconds[(int)limit] / sum : 0;
    }

    private sealed record PhaseFigures(Binding Decode, Binding Prefill, double PrefillShare);
}
