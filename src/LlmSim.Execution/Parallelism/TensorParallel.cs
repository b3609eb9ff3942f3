using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Parallelism;

/// <summary>
/// Tensor parallelism as engines do it (Megatron-LM, arXiv 1909.08053): heads and inner widths are divided among the devices, matrices that lead into
/// them by columns and those that lead out by rows; sums are completed by all-reduces, logits of the divided vocabulary by an all-gather. KV heads
/// are divided too, and replicated where there are fewer of them than devices.
/// </summary>
/// <remarks>
/// The choice follows the data flow, not names: a matrix whose input is sharded is split by rows; one that leads to attention heads or, through
/// element-wise operators alone, to another matrix by columns; all others are replicated (routers, MLA's compressions). Sums that are themselves
/// summed are reduced once. Experts are split by inner width, or spread whole over the devices (expert parallel within the group).
/// </remarks>
public static class TensorParallel
{
    /// <summary>What stands against dividing a model by this number of devices, a sentence each; empty when nothing does.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="ranks">Devices.</param>
    /// <param name="spreadExperts">Whether each device has whole experts, an equal part of them, instead of a part of each.</param>
    public static IReadOnlyList<string> Obstacles(LanguageModel model, int ranks, bool spreadExperts = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (ranks < 1) return [$"tensor parallel needs at least 1 device, not {ranks}"];
        var found = new List<string>();
        foreach (var group in model.Groups)
        {
            foreach (var step in group.Operators)
            {
                var (heads, kvHeads) = Heads(step.Spec);
                if (heads % ranks != 0) found.Add($"{step.Name} has {heads} heads, which {ranks} devices cannot divide evenly");
                else if (kvHeads % ranks != 0 && ranks % Math.Max(1, kvHeads) != 0)
                    found.Add($"{step.Name} has {kvHeads} KV heads, which {ranks} devices can neither divide nor replicate evenly");
                if (!spreadExperts && step.Spec is MixtureOfExperts experts && experts.Intermediate % ranks != 0)
                    found.Add($"{step.Name} has an inner width of {experts.Intermediate}, which {ranks} devices cannot divide evenly");
            }
        }

        if (spreadExperts) found.AddRange(ExpertParallel.Obstacles(model, ranks));
        return [.. found.Distinct()];
    }

    /// <summary>What one device of the group executes, collectives included.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="ranks">Devices, at least 1; 1 leaves the model as it is.</param>
    /// <param name="spreadExperts">Whether each device has whole experts, an equal part of them, instead of a part of each.</param>
    /// <exception cref="ArgumentException">The model cannot be divided so; the message holds all <see cref="Obstacles"/>.</exception>
    public static LanguageModel Shard(LanguageModel model, int ranks, bool spreadExperts = false)
    {
        var obstacles = ranks == 1 ? [] : Obstacles(model, ranks, spreadExperts);
        if (obstacles.Count > 0) throw new ArgumentException(string.Join("; ", obstacles), nameof(ranks));
        if (ranks == 1) return model;
        return model with
        {
            Prologue = model.Prologue is null ? null : new GroupSharding(model, model.Prologue, ranks, spreadExperts).Run(),
            LayerGroups = [.. model.LayerGroups.Select(g => new GroupSharding(model, g, ranks, spreadExperts).Run())],
            Epilogue = model.Epilogue is null ? null : new GroupSharding(model, model.Epilogue, ranks, spreadExperts).Run(),
        };
    }

    /// <summary>KV heads of one device: an even part, at least one.</summary>
    internal static int KvHeadsPerRank(int kvHeads, int ranks) => Math.Max(1, kvHeads / ranks);

    private static (int Heads, int KvHeads) Heads(OperatorSpec spec) => spec switch
    {
        Attention a => (a.Heads, a.KvHeads),
        AttentionScores s => (s.Heads, s.KvHeads),
        AttentionValues v => (v.Heads, v.KvHeads),
        MultiLatentAttention m => (m.Heads, m.Heads),
        _ => (0, 0),
    };
}
