namespace LlmSim.Graphs.Batches;

/// <summary>Sums of one phase under a sliding window of W tokens (a query sees itself and the W − 1 tokens before it).</summary>
/// <param name="ContextTokens">Σ min(p + q, W + q − 1): distinct keys that some query of the sequence sees; Σ min(context, W) in decode.</param>
/// <param name="Pairs">Σ over queries of min(keys before it and itself, W).</param>
public readonly record struct WindowSums(long ContextTokens, long Pairs)
{
    /// <summary>These sums with <paramref name="sequences"/> more of <paramref name="past"/> cached and <paramref name="tokens"/> new tokens each.</summary>
    public WindowSums Plus(long past, long tokens, long window, long sequences = 1)
    {
        var keys = Math.Min(past + tokens, window + tokens - 1);
        // Queries see past+1, past+2, … keys until the window is full, then W each.
        var growing = Math.Clamp(window - past, 0, tokens);
        var pairs = growing * past + growing * (growing + 1) / 2 + (tokens - growing) * window;
        return new WindowSums(ContextTokens + sequences * keys, Pairs + sequences * pairs);
    }

    /// <summary>The even part of one of several devices, rounded up.</summary>
    /// <param name="devices">At least 1.</param>
    public WindowSums Part(int devices) => new((ContextTokens + devices - 1) / devices, (Pairs + devices - 1) / devices);
}
