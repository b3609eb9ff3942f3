namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>Fitted constants of attention over prefill chunks and decodes in one launch; see <see cref="MixedAttentionTime.Specs"/>.</summary>
public readonly record struct MixedConstants(
    double ComputeEfficiency, double MemoryEfficiency, double BlockSeconds, double StartSeconds, double SoftmaxFlops, double DecodeRows)
{
    /// <summary>Constants in the order of <see cref="MixedAttentionTime.Specs"/>.</summary>
    public static MixedConstants From(ReadOnlySpan<double> v) => new(v[0], v[1], v[2], v[3], v[4], v[5]);
}

/// <summary>
/// Time of one launch over prefill chunks and decodes together: both are blocks of one pool. A decode is a block per query head that works as if it had many
/// rows, since a tile is padded. Adding two launches' times overstates it by a fifth, taking the longer one errs by a quarter.
/// </summary>
public static class MixedAttentionTime
{
    // Keys of one step of the kernels' inner loop.
    private const double KeyTile = 64;

    /// <summary>The constants, in the order of <see cref="MixedConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("computeEfficiency", "1", 0.1, 1.6, 0.9, "share of the peak that products reach, softmax kept apart"),
        new("memoryEfficiency", "1", 0.1, 1.6, 0.6, "share of the bandwidth that operands reach"),
        new("blockSeconds", "s", 1e-8, 3e-5, 5e-6, "start and end of one block"),
        new("startSeconds", "s", 1e-9, 1e-4, 2e-6, "launch"),
        new("softmaxFlops", "FLOP", 1, 2000, 500, "cost of one score's softmax, in matrix FLOPs of equal time"),
        new("decodeRows", "1", 1, 128, 56, "rows that a decode's padded tile costs"),
    ];

    /// <summary>Seconds of one launch.</summary>
    public static double Seconds(
        in PrefillShape prefill, in DecodeShape decode, in AttentionHeads heads, in AttentionDevice device, in MixedConstants c,
        out double computeSeconds, out double memorySeconds)
    {
        var q = device.QueryTile;
        var perPair = (heads.FlopsPerPair + c.SoftmaxFlops) / (device.FlopsPerSecond * c.ComputeEfficiency);
        double blocks = 0, pairs = 0, longest = 0;
        if (prefill.Sequences > 0)
        {
            var mean = prefill.Tokens / prefill.Sequences;
            var tiles = Math.Ceiling(mean / q);
            var padding = q * q * tiles * (tiles + 1) / 2 - mean * (mean + 1) / 2 + (q * tiles - mean) * Math.Min(prefill.MeanPast, prefill.LongestKeys);
            pairs = prefill.Pairs + prefill.Sequences * padding;
            blocks = prefill.Sequences * tiles;
            longest = q * (Math.Ceiling(prefill.LongestKeys / q) * q);
        }

        if (decode.Sequences > 0)
        {
            var keys = Math.Ceiling(decode.MeanKeys / KeyTile) * KeyTile;
            pairs += decode.Sequences * c.DecodeRows * keys;
            blocks += decode.Sequences;
            longest = Math.Max(longest, c.DecodeRows * keys);
        }

        var all = heads.Heads * (pairs * perPair + blocks * c.BlockSeconds / device.Multiprocessors);
        computeSeconds = Norms.Eight(all, longest * perPair * device.Multiprocessors + c.BlockSeconds);
        memorySeconds = (prefill.Bytes + decode.Bytes) / (device.BytesPerSecond * c.MemoryEfficiency);
        return Norms.Three(computeSeconds, memorySeconds) + c.StartSeconds;
    }
}
