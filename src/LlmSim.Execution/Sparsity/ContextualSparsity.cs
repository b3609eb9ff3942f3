using LlmSim.Execution.Offloading;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Sparsity;

/// <summary>Contextual sparsity (Deja Vu, arXiv 2310.17157): of the feed-forward neurons each token uses the few that a predictor expects to be active. The predictor's own time is not counted.</summary>
public static class ContextualSparsity
{
    /// <summary>The model with sparse feed-forward layers: their matrices, and what stands between them. Attention and routed experts stay as they are.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="activeShare">Share of the neurons that one token activates, above 0 and at most 1.</param>
    public static LanguageModel Apply(LanguageModel model, double activeShare)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!(activeShare is > 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(activeShare), activeShare, "must be above 0 and at most 1");
        return model with { LayerGroups = [.. model.LayerGroups.Select(g => Sparse(g, activeShare))] };
    }

    private static LayerGroup Sparse(LayerGroup group, double share)
    {
        var matrices = FlashWindow.FeedForward(group).Where(o => o.Spec.Kernel is Linear).ToHashSet();
        // What a matrix hands to another one, directly or through element-wise operators, are neurons.
        var neurons = matrices.SelectMany(o => o.Outputs).ToHashSet();
        foreach (var step in group.Operators)
            if (IsBetween(step, neurons)) neurons.UnionWith(step.Outputs);
        var leaves = matrices.Where(o => o.Inputs.Any(neurons.Contains)).SelectMany(o => o.Outputs).ToHashSet();
        return group with
        {
            Operators = [.. group.Operators.Select(o => matrices.Contains(o) || (IsBetween(o, neurons) && !o.Inputs.Any(leaves.Contains))
                ? o with { Spec = new SparseNeurons(o.Spec, share) } : o)],
        };
    }

    private static bool IsBetween(Operator step, HashSet<int> neurons) =>
        step.Spec is ElementWise { Kind: ElementWiseKind.Activation or ElementWiseKind.GatedActivation } && step.Inputs.Any(neurons.Contains);
}
