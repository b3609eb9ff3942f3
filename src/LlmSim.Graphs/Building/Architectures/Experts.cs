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
        if (config.Function("hidden_act", "silu") != Nonlinearity.Silu && config.Ok) config.Refuse("hidden_act", "experts with another function than silu are not supported");
        return new ExpertFeedForward(count, chosen, intermediate);
    }
}
