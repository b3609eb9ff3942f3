using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Offloading;

/// <summary>
/// Reading only what is needed from flash (“LLM in a flash”, arXiv 2312.11514): of the feed-forward neurons, which lie there, those that a predictor expects to be
/// active are read, and those of the last tokens are still in memory. Attention stays in memory.
/// </summary>
/// <remarks>
/// Neurons are taken to be active independently of each other and of earlier tokens. Real activations repeat, so fewer are read than this says: the
/// result is an upper bound of the traffic.
/// </remarks>
/// <param name="ActiveShare">Share of the neurons that one token activates, above 0, at most 1.</param>
/// <param name="Tokens">W: tokens whose neurons are kept, at least 0.</param>
public readonly record struct FlashWindow(double ActiveShare, int Tokens)
{
    /// <summary>Share of the neurons that is in memory: 1 − (1 − a)^W.</summary>
    public double KeptShare => 1 - Math.Pow(1 - ActiveShare, Tokens);

    /// <summary>Share of the neurons that a pass must read: active for one of its tokens, and not kept.</summary>
    /// <param name="tokens">New tokens of the pass.</param>
    public double ReadShare(long tokens) => Math.Pow(1 - ActiveShare, Tokens) * (1 - Math.Pow(1 - ActiveShare, tokens));

    /// <summary>What is wrong with this window; null when nothing is.</summary>
    internal string? Problem() =>
        !(ActiveShare is > 0 and <= 1) ? $"window: a share of {ActiveShare} active neurons must be above 0 and at most 1"
        : Tokens is < 0 or > 1_000_000 ? $"window: {Tokens} tokens must lie between 0 and 1,000,000" : null;

    /// <summary>The matrices of a layer that are feed-forward: all but those that lead to attention and those that read its result.</summary>
    internal static IEnumerable<Operator> FeedForward(LayerGroup group)
    {
        var operators = group.Operators;
        var attention = Enumerable.Range(0, operators.Count).Where(i => operators[i].Spec.KvElementsPerToken > 0).ToList();
        var results = attention.SelectMany(i => operators[i].Outputs).ToHashSet();
        // Backwards from attention: whatever writes what it reads.
        var needed = attention.SelectMany(i => operators[i].Inputs).ToHashSet();
        var leads = new HashSet<Operator>();
        for (var i = operators.Count - 1; i >= 0; i--)
        {
            if (!operators[i].Outputs.Any(needed.Contains)) continue;
            leads.Add(operators[i]);
            if (operators[i].Spec.Kernel is not Linear) needed.UnionWith(operators[i].Inputs);
        }

        return operators.Where(o => o.Spec.Kernel is Linear or MixtureOfExperts && !leads.Contains(o) && !o.Inputs.Any(results.Contains));
    }
}
