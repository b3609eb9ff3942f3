using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>Turns stretches of operators into groups, and alike layers into one.</summary>
internal static class LayerFolding
{
    /// <summary>One stretch as a group of its own.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="drafts">Its operators, in order.</param>
    /// <param name="entering">What flows in from the stretch before; null for the first.</param>
    /// <param name="layer">Number of the layer; −1 for what is no layer.</param>
    /// <param name="sampled">Whether only sampled positions are computed.</param>
    public static LayerGroup Group(string name, List<Draft> drafts, DraftValue? entering, int layer, bool sampled = false)
    {
        var index = new Dictionary<DraftValue, int>();
        var values = new List<ActivationValue>();
        // Before the first stretch there are only token ids, of no width.
        if (entering is not null) index[entering] = 0;
        values.Add(entering is null ? new ActivationValue("input", 0) : Size(entering, "input", sampled: false));
        var operators = new List<Operator>(drafts.Count);
        foreach (var draft in drafts)
        {
            var inputs = new int[draft.Inputs.Count];
            for (var i = 0; i < inputs.Length; i++) inputs[i] = IndexOf(draft.Inputs[i], draft.Inputs[i].Producer?.Role ?? "input");
            var outputs = new int[draft.Outputs.Count];
            for (var i = 0; i < outputs.Length; i++) outputs[i] = IndexOf(draft.Outputs[i].Resolved, draft.Role);
            operators.Add(new Operator(draft.Role, sampled ? Sampled(draft.Spec) : draft.Spec, inputs, outputs) { SourceNodes = draft.Nodes });
        }

        var last = operators.Count > 0 ? operators[^1].Outputs[0] : 0;
        return new LayerGroup(name, layer < 0 ? [] : [layer], operators, values, last);

        int IndexOf(DraftValue value, string role)
        {
            if (index.TryGetValue(value, out var known)) return known;
            index[value] = values.Count;
            values.Add(Size(value, role, sampled));
            return values.Count - 1;
        }
    }

    /// <summary>Layers with those that are alike put together, in order of first occurrence.</summary>
    public static List<LayerGroup> Fold(List<LayerGroup> layers)
    {
        var kinds = new List<Kind>();
        foreach (var layer in layers)
        {
            Kind? known = null;
            foreach (var kind in kinds)
            {
                if (!Alike(kind.First, layer)) continue;
                known = kind;
                break;
            }

            if (known is null) kinds.Add(new Kind(layer, [.. layer.Layers]));
            else known.Layers.AddRange(layer.Layers);
        }

        var groups = new List<LayerGroup>(kinds.Count);
        foreach (var kind in kinds) groups.Add(kind.First with { Name = NameOf(kind.First, kinds), Layers = kind.Layers });
        return groups;
    }

    private sealed record Kind(LayerGroup First, List<int> Layers);

    private static bool Alike(LayerGroup a, LayerGroup b)
    {
        if (a.Operators.Count != b.Operators.Count || a.Values.Count != b.Values.Count || a.OutputValue != b.OutputValue) return false;
        for (var i = 0; i < a.Operators.Count; i++)
        {
            Operator x = a.Operators[i], y = b.Operators[i];
            if (x.Name != y.Name || !x.Spec.Equals(y.Spec) || !Same(x.Inputs, y.Inputs) || !Same(x.Outputs, y.Outputs)) return false;
        }

        for (var i = 0; i < a.Values.Count; i++)
            if (a.Values[i] != b.Values[i]) return false;
        return true;
    }

    private static bool Same(IReadOnlyList<int> a, IReadOnlyList<int> b)
    {
        if (a.Count != b.Count) return false;
        for (var i = 0; i < a.Count; i++)
            if (a[i] != b[i]) return false;
        return true;
    }

    // What sets a kind of layer apart from the others.
    private static string NameOf(LayerGroup group, List<Kind> kinds)
    {
        if (kinds.Count == 1) return "layer";
        var window = WindowOf(group);
        var experts = HasExperts(group);
        var windows = kinds.Exists(k => WindowOf(k.First) != window);
        var mixed = kinds.Exists(k => HasExperts(k.First) != experts);
        var name = "layer";
        if (windows) name += window is null ? " (full attention" : FormattableString.Invariant($" (window {window}");
        if (mixed) name += (windows ? ", " : " (") + (experts ? "experts" : "dense");
        if (windows || mixed) name += ")";
        // Alike in all that has a name: told apart by number.
        var rank = 0;
        foreach (var (first, _) in kinds)
        {
            if (ReferenceEquals(first, group)) break;
            if (WindowOf(first) == window && HasExperts(first) == experts) rank++;
        }

        return rank == 0 ? name : FormattableString.Invariant($"{name} {rank + 1}");
    }

    private static int? WindowOf(LayerGroup group)
    {
        foreach (var op in group.Operators)
            if (op.Spec is Attention { Window: { } window }) return window;
        return null;
    }

    private static bool HasExperts(LayerGroup group)
    {
        foreach (var op in group.Operators)
            if (op.Spec is MixtureOfExperts) return true;
        return false;
    }

    private static ActivationValue Size(DraftValue value, string role, bool sampled) =>
        sampled ? new ActivationValue(role, 0, PerSampled: value.Width)
        : value.Extent is { } extent ? extent.Named(role)
        : new ActivationValue(role, value.Width);

    // After the last layer an engine computes only the positions whose logits are asked for.
    private static OperatorSpec Sampled(OperatorSpec spec) => spec switch
    {
        Linear linear => linear with { Rows = RowSource.SampledPositions },
        Norm norm => norm with { Rows = RowSource.SampledPositions },
        ElementWise elements => elements with { Rows = RowSource.SampledPositions },
        _ => spec,
    };
}
