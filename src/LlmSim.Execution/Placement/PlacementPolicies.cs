using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Placement;

/// <summary>The placement policies, by name.</summary>
public static class PlacementPolicies
{
    /// <summary>Everything on the device.</summary>
    public static IPlacementPolicy Device { get; } = new Rule("device", UnitKind.Device, (_, in _, _) => 0);

    /// <summary>Attention over the KV cache in memory where that is faster, which in decode it is: the cache lies there for both; all else on the device.</summary>
    public static IPlacementPolicy InMemoryAttention { get; } = new Rule("pim-attention", UnitKind.InMemory, (spec, in _, options) =>
    {
        var there = spec.KvElementsPerToken > 0 ? Of(UnitKind.InMemory, options) : 0;
        return options[there].Time.Seconds < options[0].Time.Seconds ? there : 0;
    });

    /// <summary>
    /// Attention over what is in the KV cache on the host's processor, with the cache in its memory, all else on the device; so is the attention of prompts of which nothing is cached yet.
    /// </summary>
    public static IPlacementPolicy CpuAttention { get; } = new Rule("cpu-attention", UnitKind.Cpu, (spec, in batch, options) =>
        spec.KvElementsPerToken > 0 && batch.ContextTokens > batch.Prefill.Tokens ? Of(UnitKind.Cpu, options) : 0);

    /// <summary>Linear layers on the host's processor, with their weights in its memory, all else on the device.</summary>
    public static IPlacementPolicy CpuLinears { get; } = new Rule("cpu-linears", UnitKind.Cpu, (spec, in _, options) => spec.Kernel is Linear ? Of(UnitKind.Cpu, options) : 0);

    /// <summary>Each operator where it is fastest by itself; the first of equal ones.</summary>
    public static IPlacementPolicy Fastest { get; } = new Rule("fastest", UnitKind.Device, (_, in _, options) =>
    {
        var best = 0;
        for (var i = 1; i < options.Length; i++)
            if (options[i].Time.Seconds < options[best].Time.Seconds) best = i;
        return best;
    });

    /// <summary>All of them.</summary>
    public static IReadOnlyList<IPlacementPolicy> All { get; } = [Device, InMemoryAttention, CpuAttention, CpuLinears, Fastest];

    /// <summary>The policy of this name; null when there is none.</summary>
    public static IPlacementPolicy? Find(string name) => All.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The option of a kind; the device where the machine does not offer it for this operator.</summary>
    private static int Of(UnitKind kind, ReadOnlySpan<PlacementOption> options)
    {
        for (var i = 0; i < options.Length; i++)
            if (options[i].Kind == kind) return i;
        return 0;
    }

    private delegate int Choice(OperatorSpec spec, in BatchShape batch, ReadOnlySpan<PlacementOption> options);

    private sealed class Rule(string name, UnitKind needs, Choice choose) : IPlacementPolicy
    {
        public string Name => name;

        public UnitKind Needs => needs;

        public int Choose(OperatorSpec spec, in BatchShape batch, ReadOnlySpan<PlacementOption> options) => choose(spec, batch, options);
    }
}
