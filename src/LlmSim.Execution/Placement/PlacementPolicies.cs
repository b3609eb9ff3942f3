using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Placement;

/// <summary>The placement policies, by name.</summary>
public static class PlacementPolicies
{
    /// <summary>Everything on the device.</summary>
    public static IPlacementPolicy Device { get; } = new Rule("device", (_, _) => 0);

    /// <summary>Attention over the KV cache in memory where there are such units, all else on the device.</summary>
    public static IPlacementPolicy InMemoryAttention { get; } = new Rule("pim-attention", (step, options) => Of(step, options, UnitKind.InMemory));

    /// <summary>Attention over the KV cache on the host's processor, all else on the device.</summary>
    public static IPlacementPolicy CpuAttention { get; } = new Rule("cpu-attention", (step, options) => Of(step, options, UnitKind.Cpu));

    /// <summary>Each operator where it is fastest by itself; the first of equal ones.</summary>
    public static IPlacementPolicy Fastest { get; } = new Rule("fastest", (_, options) =>
    {
        var best = 0;
        for (var i = 1; i < options.Count; i++)
            if (options[i].Time.Seconds < options[best].Time.Seconds) best = i;
        return best;
    });

    /// <summary>All of them.</summary>
    public static IReadOnlyList<IPlacementPolicy> All { get; } = [Device, InMemoryAttention, CpuAttention, Fastest];

    /// <summary>The policy of this name; null when there is none.</summary>
    public static IPlacementPolicy? Find(string name) => All.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase));

    private static int Of(Operator step, IReadOnlyList<PlacementOption> options, UnitKind kind)
    {
        if (step.Spec.KvElementsPerToken <= 0) return 0;
        for (var i = 0; i < options.Count; i++)
            if (options[i].Kind == kind) return i;
        return 0;
    }

    private sealed class Rule(string name, Func<Operator, IReadOnlyList<PlacementOption>, int> choose) : IPlacementPolicy
    {
        public string Name => name;

        public int Choose(Operator step, IReadOnlyList<PlacementOption> options) => choose(step, options);
    }
}
