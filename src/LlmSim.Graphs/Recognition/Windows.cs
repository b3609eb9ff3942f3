using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>Gives each sliding window its place among the sums that a batch carries.</summary>
internal static class Windows
{
    // BatchShape carries sums for two windows.
    private const int MaxWindows = 2;

    /// <summary>The model with its distinct windows listed and every attention pointing at its own.</summary>
    public static LanguageModel Assign(LanguageModel model)
    {
        var sizes = new List<int>();
        foreach (var group in model.LayerGroups)
            foreach (var op in group.Operators)
                if (op.Spec is Attention { Window: { } window } && !sizes.Contains(window)) sizes.Add(window);
        if (sizes.Count == 0) return model;
        sizes.Sort();

        int[] kept = [.. sizes.Take(MaxWindows)];
        var notes = model.Notes;
        if (sizes.Count > MaxWindows)
            notes = [.. notes, $"{sizes.Count} different sliding windows: those above {kept[^1]} tokens count as full attention"];
        return model with
        {
            Windows = kept,
            Notes = notes,
            LayerGroups = [.. model.LayerGroups.Select(g => g with { Operators = [.. g.Operators.Select(o => Point(o, kept))] })],
        };
    }

    private static Operator Point(Operator op, int[] windows)
    {
        if (op.Spec is not Attention { Window: { } window } attention) return op;
        var slot = Array.IndexOf(windows, window);
        return op with { Spec = slot < 0 ? attention with { Window = null } : attention with { WindowSlot = slot } };
    }
}
