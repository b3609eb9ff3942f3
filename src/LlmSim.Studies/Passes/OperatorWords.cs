using System.Globalization;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Studies.Passes;

/// <summary>Operators in words, for pages and tables.</summary>
public static class OperatorWords
{
    /// <summary>What an operator is, with its sizes: "linear 4096 → 11008".</summary>
    public static string Kind(OperatorSpec spec) => spec switch
    {
        Linear l => Invariant($"linear {l.Inputs} → {l.Outputs}{(l.Bias ? ", bias" : "")}"),
        Attention a => Invariant($"attention, {a.Heads} heads, {a.KvHeads} KV heads of {a.HeadDim}{(a.Window is { } w ? $", window {w}" : "")}{(a.Causal ? "" : ", not causal")}"),
        MultiLatentAttention m => Invariant($"multi-head latent attention, {m.Heads} heads"),
        MixtureOfExperts e => Invariant($"{e.Experts} experts, {e.ExpertsPerToken} per token, {e.Hidden} → {e.Intermediate}{(e.Gated ? ", gated" : "")}"),
        Router r => Invariant($"router to {r.Experts} experts"),
        Embedding e => Invariant($"embedding {e.Vocabulary} × {e.Width}"),
        Unrecognised => "not recognised: costed by its bytes",
        _ => spec.GetType().Name.ToLowerInvariant(),
    };

    /// <summary>Sizes of an operator, one line each: inputs, weights, outputs.</summary>
    public static IReadOnlyList<string> Shapes(LayerGroup group, Operator step, in Precision precision)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(step);
        var lines = new List<string>();
        foreach (var i in step.Inputs) lines.Add("reads " + Value(group.Values[i]));
        if (step.Spec.Parameters > 0)
            lines.Add(Invariant($"weights: {step.Spec.Parameters:N0} parameters in {step.Spec.WeightBytes(precision):N0} B"));
        if (step.Spec.KvElementsPerToken > 0) lines.Add(Invariant($"KV cache: {step.Spec.KvElementsPerToken:N0} elements per token"));
        foreach (var i in step.Outputs) lines.Add("writes " + Value(group.Values[i]));
        return lines;
    }

    private static string Value(ActivationValue value)
    {
        var parts = new List<string>();
        void Add(double elements, string per)
        {
            if (elements > 0) parts.Add(Invariant($"{elements:N0}{per}"));
        }

        Add(value.PerToken, " per token");
        Add(value.PerSampled, " per sampled position");
        Add(value.PerPair, " per query-key pair");
        Add(value.PerSequence, " per sequence");
        Add(value.PerContextToken, " per cached token");
        Add(value.Constant, "");
        return $"{value.Name}: {(parts.Count == 0 ? "nothing" : string.Join(" + ", parts))}{(parts.Count == 0 ? "" : " elements")}";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
