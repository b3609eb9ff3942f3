namespace LlmSim.Graphs.Batches;

/// <summary>Which optional sums a cost model reads from a <see cref="BatchShape"/>; whoever builds batches keeps just these up to date.</summary>
public sealed record BatchNeeds
{
    /// <summary>Nothing beyond the sums that are always kept.</summary>
    public static BatchNeeds None { get; } = new();

    /// <summary>Sliding windows of the model, in tokens, ascending, at most two distinct ones.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>Granularity g of <see cref="PhaseShape.RoundedPastTokens"/>, in tokens, at least 1.</summary>
    public int PastRounding { get; init; } = 1;

    /// <summary>Whether <see cref="PhaseShape.MinContext"/> is read.</summary>
    public bool MinContext { get; init; }

    /// <summary>
    /// True when a prefill chunk of a single token counts as a decode, as attention kernels see it; false when the phase of the request decides.
    /// </summary>
    public bool SingleTokenIsDecode { get; init; } = true;
}
