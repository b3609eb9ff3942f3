namespace LlmSim.Graphs.Batches;

/// <summary>
/// The sums over one phase (prefill or decode) of a ragged batch that decide what a forward pass costs. A sequence brings
/// q new tokens and has p tokens in the KV cache before them; a query attends to itself and everything before it.
/// </summary>
/// <remarks>All sums are exact integers, so adding and removing a sequence leaves no residue.</remarks>
public record struct PhaseShape
{
    /// <summary>Sequences.</summary>
    public long Sequences { get; set; }

    /// <summary>T = Σ q: new tokens.</summary>
    public long Tokens { get; set; }

    /// <summary>Σ (p + q): tokens in the KV cache once this pass has written its own.</summary>
    public long ContextTokens { get; set; }

    /// <summary>P = Σ [q·p + q(q+1)/2]: query-key pairs under causal attention.</summary>
    public long Pairs { get; set; }

    /// <summary>Σ q².</summary>
    public long ChunkSquares { get; set; }

    /// <summary>max (p + q); an upper bound is allowed where finding the maximum would cost time per sequence.</summary>
    public long MaxContext { get; set; }

    /// <summary>min (p + q), kept by an engine only where <see cref="BatchNeeds.MinContext"/> asks for it; 0 without sequences.</summary>
    public long MinContext { get; set; }

    /// <summary>Σ ⌈p/g⌉·g, with the granularity g that the cost model declares in <see cref="BatchNeeds.PastRounding"/> (1: Σ p).</summary>
    public long RoundedPastTokens { get; set; }

    /// <summary>Sums under the first window that the model declares; zero when it has none.</summary>
    public WindowSums Window0 { get; set; }

    /// <summary>Sums under the second window that the model declares; zero when it has fewer than two.</summary>
    public WindowSums Window1 { get; set; }

    /// <summary>Σ q·(p + q): query-key pairs of a dense score matrix, as attention without a causal kernel computes them.</summary>
    public readonly long DensePairs => Pairs + (ChunkSquares - Tokens) / 2;

    /// <summary>Adds sequences that are all alike.</summary>
    /// <param name="past">p: tokens in the KV cache of each before this pass, at least 0.</param>
    /// <param name="tokens">q: new tokens of each, at least 1.</param>
    /// <param name="needs">Windows and rounding that the cost model asks for.</param>
    /// <param name="sequences">How many, at least 1.</param>
    public void Add(long past, long tokens, BatchNeeds needs, long sequences = 1)
    {
        MinContext = Sequences == 0 ? past + tokens : Math.Min(MinContext, past + tokens);
        Sequences += sequences;
        Tokens += sequences * tokens;
        ContextTokens += sequences * (past + tokens);
        Pairs += sequences * (tokens * past + tokens * (tokens + 1) / 2);
        ChunkSquares += sequences * tokens * tokens;
        MaxContext = Math.Max(MaxContext, past + tokens);
        RoundedPastTokens += sequences * ((past + needs.PastRounding - 1) / needs.PastRounding * needs.PastRounding);
        if (needs.Windows.Count > 0) Window0 = Window0.Plus(past, tokens, needs.Windows[0], sequences);
        if (needs.Windows.Count > 1) Window1 = Window1.Plus(past, tokens, needs.Windows[1], sequences);
    }

    /// <summary>The even part of one of several devices; what does not divide is rounded up, since the fullest sets the pace.</summary>
    /// <param name="devices">At least 1.</param>
    public readonly PhaseShape Part(int devices)
    {
        long Of(long sum) => (sum + devices - 1) / devices;
        return this with
        {
            Sequences = Of(Sequences),
            Tokens = Of(Tokens),
            ContextTokens = Of(ContextTokens),
            Pairs = Of(Pairs),
            ChunkSquares = Of(ChunkSquares),
            RoundedPastTokens = Of(RoundedPastTokens),
            Window0 = Window0.Part(devices),
            Window1 = Window1.Part(devices),
        };
    }
}
