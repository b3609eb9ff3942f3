using LlmSim.Charts.Numbers;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Studies.Runs;

namespace LlmSim.Studies.Metrics;

/// <summary>What limited a run, in a sentence, and what to try, with the gain that the model expects.</summary>
/// <param name="Sentence">The limit.</param>
/// <param name="Advice">What to try, best first.</param>
internal sealed record Bottleneck(string Sentence, IReadOnlyList<string> Advice)
{
    /// <summary>
    /// Judges by the busiest replicas of one machine and role: their typical decode iteration, their full prefill, their KV cache and their host. Shares of
    /// prefill and decode are those of all replicas. The link between pools comes first where it is busier than they.
    /// </summary>
    public static Bottleneck Find(IReadOnlyList<ReplicaPlan> plans, IReadOnlyList<ReplicaTotals> totals, Summary summary, KvLink? link)
    {
        if (totals.All(t => t.Iterations == 0)) return new Bottleneck("Nothing ran: no request reached an engine.", []);
        var groups = ReplicaGroup.Of(plans, totals);
        var sentence = summary.Saturated ? "it cannot keep up: " : "";
        if (KvLinkUse.Of(link, groups, summary) is { IsTheLimit: true } transfers) return new Bottleneck(Sentences(sentence + transfers.Words), [.. transfers.Advice(summary.Saturated)]);
        var phases = groups.ConvertAll(PhaseFigures.Of);
        var judged = Enumerable.Range(0, groups.Count).MaxBy(i => groups[i].Busy(summary.SimulatedSeconds));
        var (group, own) = (groups[judged], phases[judged]);
        // A full cache holds up whoever waits for it, so that of other replicas counts too.
        var full = group.KvFull ? judged : groups.FindIndex(g => g.KvFull);
        var kvFull = full >= 0 && (groups[full].Sum(t => t.Preemptions) > 0 || summary.Saturated);
        if (kvFull)
        {
            var cache = groups[full].Fullest;
            var of = groups.Count > 1 ? $" of the {groups[full].Name}" : "";
            sentence += FormattableString.Invariant(
                $"the KV cache{of} is full ({cache.KvBlocks * cache.BlockTokens:N0} tokens, {summary.KvCache.Preemptions:N0} preemptions), which holds the batch at {phases[full].Decode.Sequences} sequence{(phases[full].Decode.Sequences == 1 ? "" : "s")}; ");
        }

        // Shorter waits are in the figures; this is for those that users feel.
        if (summary.KvLink is { } waiting && waiting.MeanRoomSeconds > 0.05 * summary.E2e.Mean)
            sentence += $"keys and values wait {SiFormat.Value(waiting.MeanRoomSeconds, Unit.Seconds)} on average for room on a decode replica; ";
        sentence += Others(groups, judged, summary) + Phase(groups, phases, own);
        if (summary.Utilization.HostShare > 0.2) sentence += FormattableString.Invariant($"; {summary.Utilization.HostShare:P0} of the iteration time is the host's");
        if (summary.Utilization.Bubble > 0.2) sentence += FormattableString.Invariant($"; the pipeline's stages stand idle {summary.Utilization.Bubble:P0} of it");
        if (!summary.Saturated && groups.Count == 1) sentence += FormattableString.Invariant($"; the engine is busy {summary.Utilization.Busy:P0} of the time");
        return new Bottleneck(Sentences(sentence), BottleneckAdvice.Of(group, own, summary, kvFull && full == judged, groups));
    }

    private static string Sentences(string text) => char.ToUpperInvariant(text[0]) + text[1..] + ".";

    /// <summary>Where replicas differ: which of them are meant, and how busy the others are.</summary>
    private static string Others(List<ReplicaGroup> groups, int judged, Summary summary)
    {
        if (groups.Count == 1) return "";
        string Busy(ReplicaGroup group) => FormattableString.Invariant($"{group.Busy(summary.SimulatedSeconds):P0}");
        var others = string.Join(", ", groups.Where((_, i) => i != judged).Select(g => $"the {g.Name} {Busy(g)}"));
        return $"the {groups[judged].Name} {(groups[judged].Totals.Count > 1 ? "are" : "is")} the busiest, {Busy(groups[judged])} of the time ({others}); ";
    }

    /// <summary>The phase that takes most of the judged replicas' time, its share of all replicas' time, and what binds it.</summary>
    private static string Phase(List<ReplicaGroup> groups, List<PhaseFigures> phases, PhaseFigures own)
    {
        var prefill = Enumerable.Range(0, groups.Count).Sum(i => groups[i].BusyNanoseconds * phases[i].PrefillShare) / groups.Sum(g => g.BusyNanoseconds);
        var of = groups.Count > 1 ? "busy time of all replicas" : "busy time";
        var decode = own.Decode;
        return own.PrefillShare > 0.5
            ? FormattableString.Invariant($"prefill takes {prefill:P0} of the {of} and is {own.Prefill.Words}")
            : FormattableString.Invariant($"decode takes {1 - prefill:P0} of the {of} and is {decode.Words} ({decode.Milliseconds:G3} ms for {decode.Sequences} sequence{(decode.Sequences == 1 ? "" : "s")} of {decode.Context:N0} tokens)");
    }
}
