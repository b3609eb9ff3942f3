using LlmSim.Serving.Results;
using LlmSim.Studies.Runs;

namespace LlmSim.Studies.Metrics;

/// <summary>Replicas of one machine and one role.</summary>
/// <param name="Plan">The plan of the busiest.</param>
/// <param name="Totals">What each did.</param>
/// <param name="Members">Their numbers in the cluster.</param>
/// <param name="Name">What tells them from the others, for people: "decode replicas on NVIDIA L4".</param>
internal sealed record ReplicaGroup(ReplicaPlan Plan, IReadOnlyList<ReplicaTotals> Totals, IReadOnlyList<int> Members, string Name)
{
    /// <summary>Groups in the order of their first replicas.</summary>
    public static List<ReplicaGroup> Of(IReadOnlyList<ReplicaPlan> plans, IReadOnlyList<ReplicaTotals> totals)
    {
        var roles = plans.Select(p => p.Engine.Role).Distinct().Count() > 1;
        var machines = plans.Select(p => p.Hardware).Distinct().Count() > 1;
        string Name(ReplicaPlan plan, int count) =>
            (roles ? (plan.Engine.Role ?? "mixed") + " " : "") + (count > 1 ? "replicas" : "replica") + (machines ? " on " + plan.Hardware : "");
        return
        [
            .. Enumerable.Range(0, plans.Count).GroupBy(i => (plans[i].Machine, plans[i].Engine.Role))
                .Select(g => new ReplicaGroup(plans[g.MaxBy(i => totals[i].BusyNanoseconds)], [.. g.Select(i => totals[i])], [.. g], Name(plans[g.First()], g.Count()))),
        ];
    }

    /// <summary>Busy time of all of them, in nanoseconds.</summary>
    public double BusyNanoseconds => Totals.Sum(t => (double)t.BusyNanoseconds);

    /// <summary>The one whose KV cache is fullest.</summary>
    public ReplicaTotals Fullest => Totals.MaxBy(t => t.KvBlocks > 0 ? (double)t.PeakKvBlocks / t.KvBlocks : 0)!;

    /// <summary>Whether a KV cache of theirs was full.</summary>
    public bool KvFull => Fullest is { KvBlocks: > 0 } t && t.PeakKvBlocks >= 0.97 * t.KvBlocks;

    /// <summary>A sum over them.</summary>
    public long Sum(Func<ReplicaTotals, long> of) => Totals.Sum(of);

    /// <summary>Mean share of the time that they are busy, 0 to 1.</summary>
    public double Busy(double seconds) => seconds > 0 ? BusyNanoseconds / 1e9 / seconds / Totals.Count : 0;
}
