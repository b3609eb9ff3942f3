using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Placement;

/// <summary>The placement policies, by name.</summary>
public static class PlacementPolicies
{
    /// <summary>Everything on the device.</summary>
    public static IPlacementPolicy Device { get; } = new OneKind("device", UnitKind.Device, _ => false);

    /// <summary>Attention over the KV cache in memory, all else on the device.</summary>
    public static IPlacementPolicy InMemoryAttention { get; } = new OneKind("pim-attention", UnitKind.InMemory, OverCache);

    /// <summary>Attention over the KV cache on the host's processor, with the cache in its memory, all else on the device.</summary>
    public static IPlacementPolicy CpuAttention { get; } = new OneKind("cpu-attention", UnitKind.Cpu, OverCache);

    /// <summary>Linear layers on the host's processor, with their weights in its memory, all else on the device.</summary>
    public static IPlacementPolicy CpuLinears { get; } = new OneKind("cpu-linears", UnitKind.Cpu, spec => spec.Kernel is Linear);

    /// <summary>Each operator where it is fastest by itself; the first of equal ones.</summary>
    public static IPlacementPolicy Fastest { get; } = new FastestUnit();

    /// <summary>All of them.</summary>
    public static IReadOnlyList<IPlacementPolicy> All { get; } = [Device, InMemoryAttention, CpuAttention, CpuLinears, Fastest];

    /// <summary>The policy of this name; null when there is none.</summary>
    public static IPlacementPolicy? Find(string name) => All.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase));

    private static bool OverCache(OperatorSpec spec) => spec.KvElementsPerToken > 0;

    /// <summary>Some operators on one kind of unit, wherever the machine offers it.</summary>
    private sealed class OneKind(string name, UnitKind kind, Func<OperatorSpec, bool> which) : IPlacementPolicy
    {
        public string Name => name;

        public UnitKind Needs => kind;

        public int Choose(OperatorSpec spec, ReadOnlySpan<PlacementOption> options)
        {
            if (!which(spec)) return 0;
            for (var i = 0; i < options.Length; i++)
                if (options[i].Kind == kind) return i;
            return 0;
        }
    }

    private sealed class FastestUnit : IPlacementPolicy
    {
        public string Name => "fastest";

        public UnitKind Needs => UnitKind.Device;

        public int Choose(OperatorSpec spec, ReadOnlySpan<PlacementOption> options)
        {
            var best = 0;
            for (var i = 1; i < options.Length; i++)
                if (options[i].Time.Seconds < options[best].Time.Seconds) best = i;
            return best;
        }
    }
}
