using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>
/// Finds where layers begin and end, by the flow alone: between two attentions there is an activation through which everything passes, the residual
/// stream; the last such place before an attention is where its layer begins.
/// </summary>
internal static class LayerCuts
{
    /// <summary>Positions in the list of operators: the first operator of each layer, then the first one after the last layer; empty when there are no layers.</summary>
    public static List<int> Find(List<Draft> drafts, double hidden)
    {
        var anchors = new List<int>();
        for (var i = 0; i < drafts.Count; i++)
            if (drafts[i].IsAttention && !drafts[i].IsCross) anchors.Add(i);
        if (anchors.Count == 0) return [];

        var cuts = Passages(drafts);
        var starts = new List<int>();
        var from = 0;
        foreach (var anchor in anchors)
        {
            var start = LastCut(cuts, from, anchor, hidden);
            // Two attentions without a passage between them belong to one layer.
            if (start >= 0) starts.Add(start);
            else if (starts.Count == 0) starts.Add(0);
            from = anchor + 1;
        }

        starts.Add(End(drafts, cuts, starts, anchors[^1], hidden));
        return starts;
    }

    /// <summary>cuts[i] is the activation that alone is alive before operator i, and that something later reads; null when there are several.</summary>
    public static DraftValue?[] Passages(List<Draft> drafts)
    {
        var last = new Dictionary<DraftValue, int>();
        for (var i = 0; i < drafts.Count; i++)
            foreach (var input in drafts[i].Inputs) last[input] = i;
        var live = new HashSet<DraftValue>();
        var cuts = new DraftValue?[drafts.Count + 1];
        for (var i = 0; i < drafts.Count; i++)
        {
            foreach (var input in drafts[i].Inputs)
                if (last[input] == i) live.Remove(input);
            foreach (var output in drafts[i].Outputs)
                if (last.TryGetValue(output.Resolved, out var reader) && reader > i) live.Add(output.Resolved);
            if (live.Count != 1) continue;
            foreach (var only in live) cuts[i + 1] = only;
        }

        return cuts;
    }

    // The last passage of the stream's width at or before an attention; a passage of another width only if there is no such.
    private static int LastCut(DraftValue?[] cuts, int from, int anchor, double hidden)
    {
        for (var i = anchor; i >= from; i--)
            if (cuts[i] is { } value && Math.Abs(value.Width - hidden) < 0.5) return i;
        return -1;
    }

    // Where the last layer ends: after as many alike operators as the layer before it has, else after its last addition to the stream.
    private static int End(List<Draft> drafts, DraftValue?[] cuts, List<int> starts, int lastAnchor, double hidden)
    {
        if (starts.Count >= 2)
        {
            int start = starts[^1], previous = starts[^2], length = start - previous, end = start + length;
            if (end <= drafts.Count && end > lastAnchor)
            {
                var alike = true;
                for (var i = 0; i < length && alike; i++) alike = drafts[start + i].Spec.GetType() == drafts[previous + i].Spec.GetType();
                if (alike) return end;
            }
        }

        var best = -1;
        for (var i = lastAnchor + 1; i < cuts.Length; i++)
        {
            if (cuts[i] is not { } value || Math.Abs(value.Width - hidden) > 0.5) continue;
            if (value.Producer is { Spec: ElementWise { Kind: ElementWiseKind.Add } }) best = i;
        }

        if (best >= 0) return best;

        // No residual stream: everything but a last matrix and the norm before it.
        var stop = drafts.Count;
        if (stop > lastAnchor + 1 && drafts[stop - 1].Spec is Linear) stop--;
        if (stop < drafts.Count && stop > lastAnchor + 1 && drafts[stop - 1].Spec is Norm) stop--;
        return stop;
    }
}
