using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Studies.Runs;

namespace LlmSim.Studies.Metrics;

/// <summary>What a typical decode iteration and a full prefill of some replicas are bound by, and which of them takes their time.</summary>
/// <param name="Decode">The mean decode iteration.</param>
/// <param name="Prefill">A prefill of so many tokens as were there, at most 1024.</param>
/// <param name="PrefillShare">Share of the busy time that prefill takes, 0 to 1.</param>
internal sealed record PhaseFigures(Binding Decode, Binding Prefill, double PrefillShare)
{
    /// <summary>Figures of replicas that are alike, from the sums over them.</summary>
    public static PhaseFigures Of(ReplicaGroup group)
    {
        var plan = group.Plan;
        long iterations = group.Sum(t => t.Iterations), decodeTokens = group.Sum(t => t.DecodeTokens), prefillTokens = group.Sum(t => t.PrefillTokens);
        // Of sequences that are spread over data-parallel devices, one of these has its part.
        var decodes = (int)Math.Max(1, Math.Round((double)decodeTokens / Math.Max(1, iterations) / plan.Machine.Sharing.BatchParts));
        var context = (int)Math.Max(1, group.Totals.Sum(t => t.ContextTokens) / Math.Max(1, group.Sum(t => t.SequenceIterations)));
        var decode = Bind(plan, s => DecodeShape(plan, s, decodes, context), decodes, context);
        var chunk = (int)Math.Clamp(prefillTokens, 1, 1024);
        var prefill = Bind(plan, s => PrefillShape(plan, s, chunk), 1, chunk);
        var prefillSeconds = prefill.Milliseconds * prefillTokens / chunk;
        var decodeSeconds = decode.Milliseconds * iterations * (decodeTokens > 0 ? 1 : 0);
        return new PhaseFigures(decode, prefill, prefillSeconds + decodeSeconds > 0 ? prefillSeconds / (prefillSeconds + decodeSeconds) : 0);
    }

    /// <summary>A batch of decodes.</summary>
    public static BatchShape DecodeShape(ReplicaPlan plan, LanguageModel stage, int sequences, int context) =>
        BatchShape.UniformDecode(sequences, context, ForwardPass.Needs(stage, plan.Time));

    /// <summary>A prompt.</summary>
    public static BatchShape PrefillShape(ReplicaPlan plan, LanguageModel stage, int tokens) =>
        BatchShape.UniformPrefill(1, tokens, ForwardPass.Needs(stage, plan.Time));

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
}

/// <summary>What takes an operator's time.</summary>
internal enum Limit
{
    Weights,
    Kv,
    Activations,
    Compute,
    Link,
    Overhead,
}

/// <summary>A batch and what its time goes to.</summary>
/// <param name="Seconds">Seconds of operators by what limits them.</param>
/// <param name="Sequences">Sequences of the batch.</param>
/// <param name="Context">Tokens of each.</param>
/// <param name="WeightMemory">Where weights are read.</param>
/// <param name="CacheMemory">Where keys and values are read.</param>
/// <param name="Fetching">The pass with what it fetches; null where nothing is offloaded.</param>
internal sealed record Binding(double[] Seconds, int Sequences, int Context, string WeightMemory, string CacheMemory, Fetching? Fetching)
{
    /// <summary>Its duration.</summary>
    public double Milliseconds => (Fetching?.Seconds ?? Seconds.Sum()) * 1e3;

    /// <summary>Share of the operators' time that one limit holds, 0 to 1.</summary>
    public double Share(Limit limit) => Seconds.Sum() is var sum and > 0 ? Seconds[(int)limit] / sum : 0;

    /// <summary>What binds it, for people.</summary>
    public string Words => Fetching is { HoldsUp: true } fetching ? FormattableString.Invariant($"held up by {fetching.What}, busy {fetching.Share:P0} of that time")
        : Share(Limit.Weights) > 0.5 ? FormattableString.Invariant($"bound by reading weights from {WeightMemory} ({Share(Limit.Weights):P0} of it)")
        : Share(Limit.Kv) > 0.5 ? FormattableString.Invariant($"bound by reading the KV cache from {CacheMemory} ({Share(Limit.Kv):P0} of it)")
        : Share(Limit.Compute) > 0.5 ? FormattableString.Invariant($"bound by arithmetic ({Share(Limit.Compute):P0} of it)")
        : Share(Limit.Link) > 0.3 ? FormattableString.Invariant($"held up by communication between devices ({Share(Limit.Link):P0} of it)")
        : "bound by " + string.Join(", ", new[]
        {
            (Limit.Weights, "reading weights from " + WeightMemory), (Limit.Kv, "reading the KV cache from " + CacheMemory), (Limit.Activations, "moving activations"),
            (Limit.Compute, "arithmetic"), (Limit.Link, "communication between devices"), (Limit.Overhead, "fixed costs of operators"),
        }.Where(p => Share(p.Item1) >= 0.05).OrderByDescending(p => Share(p.Item1)).Select(p => FormattableString.Invariant($"{p.Item2} ({Share(p.Item1):P0} of it)")));
}
