using LlmSim.Charts.Numbers;
using LlmSim.Graphs.Numbers;
using LlmSim.Serving.Settings;

namespace LlmSim.Studies.Metrics;

/// <summary>How much keys and values on their way from prefill to decode replicas hold a run up.</summary>
/// <param name="Link">The link; each prefill replica has one like it.</param>
/// <param name="Busy">Share of the time that the busiest of them is sending, 0 to 1.</param>
/// <param name="ReplicasBusy">Share of the time that the busiest replica is busy, 0 to 1.</param>
/// <param name="MeanSeconds">Mean duration of a transfer.</param>
/// <param name="E2eShare">Mean duration of a transfer over that of a request.</param>
/// <param name="Group">The replicas that send.</param>
internal sealed record KvLinkUse(KvLink Link, double Busy, double ReplicasBusy, double MeanSeconds, double E2eShare, ReplicaGroup Group)
{
    /// <summary>The use of the link; null where nothing was sent.</summary>
    public static KvLinkUse? Of(KvLink? link, IReadOnlyList<ReplicaGroup> groups, Summary summary)
    {
        if (link is null || !(summary.SimulatedSeconds > 0) || groups.MaxBy(g => g.Totals.Max(t => t.TransferNanoseconds)) is not { } group) return null;
        var transfers = groups.Sum(g => g.Sum(t => t.Transfers));
        if (transfers == 0) return null;
        var mean = groups.Sum(g => g.Sum(t => t.TransferNanoseconds)) / 1e9 / transfers;
        double Share(long nanoseconds) => nanoseconds / 1e9 / summary.SimulatedSeconds;
        return new KvLinkUse(
            link, Share(group.Totals.Max(t => t.TransferNanoseconds)), Share(groups.Max(g => g.Totals.Max(t => t.BusyNanoseconds))), mean, mean / summary.E2e.Mean, group);
    }

    /// <summary>Whether it is what limits the run: busier than any replica, or most of what a request takes.</summary>
    public bool IsTheLimit => Busy > ReplicasBusy || E2eShare > 0.5;

    /// <summary>The limit, for people.</summary>
    public string Words => FormattableString.Invariant(
        $"the link that carries keys and values from prefill to decode replicas is the limit: at {SiFormat.Value(Link.BytesPerSecond, Unit.BytesPerSecond)} a transfer takes {SiFormat.Value(MeanSeconds, Unit.Seconds)}, and it is busy {Busy:P0} of the time, the replicas at most {ReplicasBusy:P0}");

    /// <summary>A faster link, or fewer bytes.</summary>
    public IEnumerable<string> Advice(bool saturated)
    {
        var factor = Math.Clamp(Busy / Math.Max(ReplicasBusy, 1e-3), 2, 1000);
        yield return FormattableString.Invariant($"kvLink.bytesPerSecond = {factor * Link.BytesPerSecond:0.0e0} makes the link {(Busy > ReplicasBusy ? "about as busy as the replicas" : "twice as fast")}");
        var bits = Group.Plan.Precision.KvCache.Bits();
        var latency = Math.Min(MeanSeconds, Link.LatencyNanoseconds / 1e9);
        if (bits > 8) yield return FormattableString.Invariant($"precision.kv = fp8 sends {8.0 / bits:P0} of the bytes over it");
        if (Link.OverlappedLayers == 0)
        {
            // Sent while the prompt is computed, what is left of a transfer is what a prefill iteration does not hide, one layer at least.
            var prefill = Group.BusyNanoseconds / 1e9 / Math.Max(1, Group.Sum(t => t.Iterations));
            var whole = MeanSeconds - latency;
            var left = latency + Math.Max(whole / Group.Plan.Model.LayerCount, whole - prefill);
            if (left < 0.95 * MeanSeconds)
                yield return FormattableString.Invariant($"kvLink.layerByLayer = true leaves {SiFormat.Value(left, Unit.Seconds)} of a transfer after the prefill");
        }

        if (saturated) yield return "more prefill replicas: each has a link of its own";
    }
}
