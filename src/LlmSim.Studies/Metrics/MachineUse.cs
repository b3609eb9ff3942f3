using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Serving.Results;
using LlmSim.Studies.Runs;

namespace LlmSim.Studies.Metrics;

/// <summary>What the machines did in a run: operations, bytes moved, memory held.</summary>
internal static class MachineUse
{
    /// <summary>Floating-point operations of all replicas: FLOPs are linear in the sums that engines keep.</summary>
    public static double Flops(IReadOnlyList<ReplicaPlan> plans, IReadOnlyList<ReplicaTotals> totals)
    {
        var sum = 0.0;
        for (var i = 0; i < plans.Count; i++)
        {
            if (totals[i].Iterations == 0) continue;
            foreach (var stage in plans[i].Stages)
                sum += plans[i].DevicesPerStage * Work(stage, Shape(totals[i], stage, 1).Part(plans[i].Machine.Sharing.BatchParts), plans[i].Precision).Flops;
        }

        return sum;
    }

    /// <summary>
    /// Bytes that all replicas moved to and from main memory: the mean batch's, times the iterations. Experts are not linear in the batch, so their weights
    /// are counted apart for iterations with prompts and for those without.
    /// </summary>
    public static double Bytes(IReadOnlyList<ReplicaPlan> plans, IReadOnlyList<ReplicaTotals> totals)
    {
        var sum = 0.0;
        for (var i = 0; i < plans.Count; i++)
        {
            var n = totals[i].Iterations;
            if (n == 0) continue;
            foreach (var stage in plans[i].Stages)
            {
                var parts = plans[i].Machine.Sharing.BatchParts;
                var mean = Shape(totals[i], stage, n).Part(parts);
                sum += plans[i].DevicesPerStage
                    * (n * (Work(stage, mean, plans[i].Precision).MemoryBytes - ExpertBytes(stage, mean.Tokens, plans[i].Precision)) + ExpertBytes(stage, totals[i], parts, plans[i].Precision));
            }
        }

        return sum;
    }

    private static double ExpertBytes(LanguageModel model, ReplicaTotals totals, int parts, in Precision precision)
    {
        var prefills = totals.PrefillIterations;
        var decodes = (double)totals.DecodeTokens / totals.Iterations / parts;
        return (prefills > 0 ? prefills * ExpertBytes(model, (double)totals.PrefillTokens / prefills / parts + decodes, precision) : 0)
            + (totals.Iterations - prefills) * ExpertBytes(model, decodes, precision);
    }

    /// <summary>Weight bytes of the experts that a batch of so many tokens is expected to choose, over all layers.</summary>
    private static double ExpertBytes(LanguageModel model, double tokens, in Precision precision)
    {
        var sum = 0.0;
        var batch = new BatchShape { Decode = new PhaseShape { Tokens = (long)Math.Round(tokens), Sequences = 1 } };
        foreach (var group in model.Groups)
        {
            foreach (var step in group.Operators)
                if (step.Spec is MixtureOfExperts) sum += group.Count * step.Spec.Work(batch, precision).WeightBytes;
        }

        return sum;
    }

    /// <summary>Dense peak of all devices at the arithmetic's format, in floating-point operations per second.</summary>
    public static double PeakFlops(IReadOnlyList<ReplicaPlan> plans) => plans.Sum(p =>
    {
        var rates = p.Device.Compute.Matrix;
        var format = p.Precision.Activations;
        var peak = rates[format] > 0 ? rates[format] : rates.Formats.Select(f => rates[f]).DefaultIfEmpty(double.NaN).Min();
        return p.Devices * peak;
    });

    /// <summary>Memory of the fullest replica, all its devices together, at its fullest; where devices differ, of the fullest of each kind.</summary>
    public static IReadOnlyList<TierMemory> Memory(IReadOnlyList<ReplicaPlan> plans, IReadOnlyList<ReplicaTotals> totals)
    {
        var kinds = Enumerable.Range(0, plans.Count).GroupBy(i => plans[i].Device.Name).ToList();
        var tiers = new List<TierMemory>();
        foreach (var kind in kinds)
        {
            // Members of a JSON object too, so that each needs a name of its own.
            var of = kinds.Count > 1 ? " of " + kind.Key : "";
            TierMemory Named(TierMemory tier) => tier with { Tier = tier.Tier + of };
            ReplicaPlan[] alike = [.. kind.Select(i => plans[i])];
            ReplicaTotals[] theirs = [.. kind.Select(i => totals[i])];
            tiers.Add(Named(Main(alike, theirs)));
            foreach (var outside in new[] { MemoryKind.Host, MemoryKind.Flash })
                if (Outside(alike, theirs, outside) is { } tier) tiers.Add(Named(tier));
        }

        return tiers;
    }

    private static TierMemory Main(ReplicaPlan[] plans, ReplicaTotals[] totals)
    {
        TierMemory? fullest = null;
        for (var i = 0; i < plans.Length; i++)
        {
            var plan = plans[i];
            var kv = totals[i].PeakKvBlocks * plan.Memory.KvBytesPerBlock;
            var memory = plan.Memory;
            var peak = plan.Devices * (memory.WeightBytes + memory.ActivationBytes + memory.PrefetchBytes + kv);
            List<KeyValuePair<string, double>> parts =
                [new("weights", plan.Devices * memory.WeightBytes), new("kvCache", plan.Devices * kv), new("activations", plan.Devices * memory.ActivationBytes)];
            if (memory.PrefetchBytes > 0) parts.Add(new("prefetch", plan.Devices * memory.PrefetchBytes));
            var tier = new TierMemory(plan.Device.MainMemory.Name, peak, plan.Devices * memory.CapacityBytes, parts);
            if (fullest is null || tier.PeakBytes / tier.CapacityBytes > fullest.PeakBytes / fullest.CapacityBytes) fullest = tier;
        }

        return fullest!;
    }

    /// <summary>What the replica that uses most of it holds in host memory or on flash: offloaded weights and KV cache, swapped-out blocks; null for nothing.</summary>
    private static TierMemory? Outside(ReplicaPlan[] plans, ReplicaTotals[] totals, MemoryKind kind)
    {
        TierMemory? fullest = null;
        for (var i = 0; i < plans.Length; i++)
        {
            var (plan, total) = (plans[i], totals[i]);
            var there = kind == MemoryKind.Flash ? plan.Memory.OnFlash : plan.Memory.OnHost;
            var weights = plan.Devices * there.WeightBytes;
            var kv = plan.Devices * total.PeakKvBlocks * there.KvBytesPerBlock;
            var swapped = kind == MemoryKind.Host ? total.PeakSwappedBlocks * (double)total.BlockTokens * (plan.Engine.KvBytesPerToken ?? 0) : 0;
            var sum = weights + kv + swapped;
            if (sum <= (fullest?.PeakBytes ?? 0)) continue;
            var tier = plan.Device.MemoryOf(kind);
            KeyValuePair<string, double>[] parts = [new("weights", weights), new("kvCache", kv), new("swapped", swapped)];
            fullest = new TierMemory(tier?.Name ?? kind.ToString(), sum, tier?.CapacityBytes ?? double.NaN, [.. parts.Where(p => p.Value > 0)]);
        }

        return fullest;
    }

    /// <summary>One pass over the sums of many, or over their mean: every sequence as if it decoded.</summary>
    private static BatchShape Shape(ReplicaTotals totals, LanguageModel model, long over)
    {
        long Mean(double sum) => Math.Max(1, (long)Math.Round(sum / over));
        var tokens = Mean(totals.PrefillTokens + totals.DecodeTokens);
        var context = Mean(totals.ContextTokens);
        var pairs = Mean(totals.Pairs);
        var sequences = Mean(totals.SequenceIterations);
        WindowSums Window(int place) => model.Windows.Count <= place ? default
            : new WindowSums(Math.Min(context, sequences * model.Windows[place]), Math.Min(pairs, tokens * model.Windows[place]));
        return new BatchShape
        {
            SampledPositions = Mean(totals.SampledPositions),
            Decode = new PhaseShape
            {
                Sequences = sequences,
                Tokens = tokens,
                ContextTokens = context,
                Pairs = pairs,
                ChunkSquares = tokens,
                MaxContext = context,
                RoundedPastTokens = context,
                Window0 = Window(0),
                Window1 = Window(1),
            },
        };
    }

    private static OperatorWork Work(LanguageModel model, BatchShape batch, Precision precision)
    {
        var total = default(OperatorWork);
        foreach (var group in model.Groups)
            foreach (var step in group.Operators)
                total += step.Spec.Work(batch, precision).Times(group.Count);
        return total;
    }
}
