namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>The prompts of one batch as prefill attention sees them.</summary>
/// <param name="Sequences">b.</param>
/// <param name="Tokens">Σ new tokens.</param>
/// <param name="Pairs">Query-key pairs computed, causality and window applied.</param>
/// <param name="MeanPast">Mean tokens cached before.</param>
/// <param name="LongestKeys">Most keys that a query sees.</param>
/// <param name="Bytes">Bytes moved: queries, keys, values, results, cache.</param>
public readonly record struct PrefillShape(double Sequences, double Tokens, double Pairs, double MeanPast, double LongestKeys, double Bytes);

/// <summary>Fitted constants of prefill attention; see <see cref="PrefillAttentionTime.Specs"/>.</summary>
public readonly record struct PrefillConstants(
    double ComputeEfficiency, double MemoryEfficiency, double BlockSeconds, double StartSeconds, double SoftmaxFlops, double TokenSeconds)
{
    /// <summary>Constants in the order of <see cref="PrefillAttentionTime.Specs"/>.</summary>
    public static PrefillConstants From(ReadOnlySpan<double> v) => new(v[0], v[1], v[2], v[3], v[4], v[5]);
}

/// <summary>
/// Time of prefill attention: blocks of query rows over the multiprocessors, never less than the longest block, plus memory traffic (which adds rather
/// than overlaps), plus writing keys and values to the cache, plus a start.
/// </summary>
/// <remarks>
/// Kernels whose blocks hold two tiles (FlashAttention-4 and its kin on data-centre Blackwell) overlap softmax with products; elsewhere the two add. Theirs are few and
/// long blocks, and at the end multiprocessors wait half of one in the mean; elsewhere the longest blocks are dealt first and leave no such gap. Both by held-out error.
/// Exact for equal prompts. For ragged ones the padding of the last tile is that of the mean prompt; the pairs themselves are exact.
/// </remarks>
public static class PrefillAttentionTime
{
    /// <summary>The constants, in the order of <see cref="PrefillConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("computeEfficiency", "1", 0.1, 1.6, 0.8, "share of the peak that products reach, softmax kept apart"),
        new("memoryEfficiency", "1", 0.1, 4, 0.6, "share of the bandwidth that operands reach; above 1 where the L2 cache serves them"),
        new("blockSeconds", "s", 1e-8, 1e-5, 1.5e-6, "start and end of one block"),
        new("startSeconds", "s", 1e-7, 1e-4, 1e-5, "launch, and the operators around the kernel"),
        new("softmaxFlops", "FLOP", 1, 2000, 150, "cost of one score's softmax, in matrix FLOPs of equal time"),
        new("tokenSeconds", "s", 1e-10, 1e-5, 1e-7, "writing one token's keys and values to the cache, per multiprocessor"),
    ];

    /// <summary>Seconds of one pass over the prompts.</summary>
    public static double Seconds(
        in PrefillShape shape, in AttentionHeads heads, in AttentionDevice device, in PrefillConstants c, out double computeSeconds, out double memorySeconds)
    {
        double q = device.QueryTile, step = device.KeyTile;
        var mean = shape.Tokens / shape.Sequences;
        var tiles = Math.Ceiling(mean / q);
        // Rows and keys that tiles add beyond the exact pairs, by the mean prompt; of a pair of tiles, one that is empty reads nothing that was cached before.
        var rows = Math.Ceiling(mean / step) * step;
        var padding = shape.Sequences * (
            q * (q * tiles * (tiles - 1) / 2 + rows) - mean * (mean + 1) / 2 + (rows - mean) * Math.Min(shape.MeanPast, shape.LongestKeys));
        var flops = device.PairedTiles ? Norms.Three(heads.FlopsPerPair, c.SoftmaxFlops) : heads.FlopsPerPair + c.SoftmaxFlops;
        var perPair = flops / (device.FlopsPerSecond * c.ComputeEfficiency);
        var blocks = shape.Sequences * heads.Heads * tiles;
        var all = heads.Heads * (shape.Pairs + padding) * perPair + blocks * c.BlockSeconds / device.Multiprocessors;
        var keys = Math.Ceiling(shape.LongestKeys / step) * step;
        var longest = q * keys * perPair * device.Multiprocessors + c.BlockSeconds;
        computeSeconds = device.PairedTiles ? Math.Max(all + longest / 2, longest) : Norms.Eight(all, longest);
        memorySeconds = shape.Bytes / (device.BytesPerSecond * c.MemoryEfficiency);
        return computeSeconds + memorySeconds + shape.Tokens * c.TokenSeconds / device.Multiprocessors + c.StartSeconds;
    }
}
