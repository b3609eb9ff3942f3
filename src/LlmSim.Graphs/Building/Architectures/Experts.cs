using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>What the mixture-of-experts families have in common.</summary>
internal static class Experts
{
    /// <summary>A mixture with num_experts_per_tok choices and SiLU gates.</summary>
    /// <param name="config">Configuration.</param>
    /// <param name="countField">The field that holds the number of experts.</param>
    /// <param name="intermediate">Inner width of one expert.</param>
    public static ExpertFeedForward Read(ConfigReader config, string countField, int intermediate)
    {
        var count = config.Size(countField);
        var chosen = config.Size("num_experts_per_tok");
        if (config.Ok && chosen > count) config.Refuse("num_experts_per_tok", $"{chosen} is more than the {count} experts ({countField})");
        if (config.Function("hidden_act", "silu") != Nonlinearity.Silu && config.Ok)
            config.Refuse("hidden_act", "experts with another function than silu are not supported");
        return new ExpertFeedForward(count, chosen, intermediate);
    }

    /// <summary>A mixture in the field names of DeepSeek, which GLM shares: n_routed_experts beside n_shared_experts.</summary>
    public static ExpertFeedForward Mixture(ConfigReader config)
    {
        var intermediate = config.Size("moe_intermediate_size");
        var shared = (long)config.Count("n_shared_experts", 0) * intermediate;
        return Read(config, "n_routed_experts", intermediate) with
        {
            // Shared experts are one network as wide as all of them.
            Shared = shared == 0 ? null : new DenseFeedForward((int)Math.Min(int.MaxValue, shared), Nonlinearity.Silu, Gated: true),
        };
    }

    /// <summary>What a graph of such a model leaves out.</summary>
    public static IReadOnlyList<string> Notes(ConfigReader config)
    {
        var notes = new List<string>();
        if (config.Count("num_nextn_predict_layers", 0) > 0) notes.Add(ModelNotes.NoPrediction);
        if (config.Size("n_group", 1) > 1)
            notes.Add("Experts are chosen among all of them; the limit to the best groups (n_group, topk_group) is left out.");
        if (config.Number("routed_scaling_factor", 0, 1e6, 1) != 1)
            notes.Add("routed_scaling_factor counts as part of the experts' down projections.");
        return notes;
    }
}
