namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>Fitted constants of attention over prefill chunks and decodes in one launch; see <see cref="MixedAttentionTime.Specs"/>.</summary>
public readonly record struct MixedConstants(
    double WaitSeconds, double MemoryEfficiency, double BlockSeconds, double EmptyBlockSeconds, double StartSeconds, double CacheShare)
{
    /// <summary>Constants in the order of <see cref="MixedAttentionTime.Specs"/>.</summary>
    public static MixedConstants From(ReadOnlySpan<double> v) => new(v[0], v[1], v[2], v[3], v[4], v[5]);
}

/// <summary>
/// Time of one launch over prefill chunks and decodes together, as FlashAttention-2 runs it: for every query head and sequence a column of blocks of 64 query
/// rows, as many as the longest chunk needs. A decode is a block with one row of use; those beyond its row only start and end. Blocks go to multiprocessors in
/// the order head, sequence, rows, one each, and step along the keys.
/// </summary>
/// <remarks>
/// The launch takes as long as that queue (<see cref="Queue"/>), or as long as memory needs. Query heads of one KV head read the same keys and values,
/// but one after another: from memory again each time, unless they run at once or the L2 cache still holds what all sequences have of that head.
/// Against a simulation of the queue, block by block, the closed form is 3 % off in the mean. Approximations: chunks of equal length,
/// decodes of equal context.
/// </remarks>
public static class MixedAttentionTime
{
    // A step's loads come in pieces of this many keys at least.
    private const double LeastKeys = 16;

    /// <summary>The constants, in the order of <see cref="MixedConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("waitSeconds", "s", 1e-8, 1e-5, 1e-6, "what softmax and waiting add to the products of one step: 64 query rows by 128 keys"),
        new("memoryEfficiency", "1", 0.3, 1, 0.9, "share of the bandwidth that streaming keys and values reaches"),
        new("blockSeconds", "s", 1e-8, 2e-5, 3e-6, "start and end of one block"),
        new("emptyBlockSeconds", "s", 1e-9, 5e-6, 3e-7, "a block beyond the rows of its sequence"),
        new("startSeconds", "s", 1e-9, 1e-4, 2e-6, "launch"),
        new("cacheShare", "1", 0.1, 10, 1, "keys and values of one KV head over cache size at which half of them are still found, inverted"),
    ];

    /// <summary>Seconds of one launch.</summary>
    public static double Seconds(
        in PrefillShape prefill, in DecodeShape decode, in AttentionHeads heads, in AttentionDevice device, in MixedConstants c,
        out double computeSeconds, out double memorySeconds)
    {
        var perKey = FlashAttention2.StepSeconds(heads, device, c.WaitSeconds) / FlashAttention2.KeyTile(heads);
        double rows = 0, keys = 0, tiles = 0, chunkBlock = 0, longestBlock = 0, decodeBlock = 0;
        if (prefill.Sequences > 0)
        {
            rows = prefill.Tokens / prefill.Sequences;
            tiles = Math.Ceiling(rows / FlashAttention2.RowTile);
            // A block works through the keys of its last row: half a tile more than its rows' mean.
            var mean = Math.Min(prefill.Pairs / prefill.Tokens + rows / (2 * tiles), prefill.LongestKeys);
            chunkBlock = c.BlockSeconds + perKey * Math.Max(mean, LeastKeys);
            longestBlock = c.BlockSeconds + perKey * Math.Max(prefill.LongestKeys, LeastKeys);
            keys = prefill.Sequences * Math.Min(prefill.MeanPast + rows, prefill.LongestKeys);
        }

        if (decode.Sequences > 0)
        {
            decodeBlock = c.BlockSeconds + perKey * Math.Max(decode.MeanKeys, LeastKeys);
            longestBlock = Math.Max(longestBlock, decodeBlock);
            keys += decode.Sequences * decode.MeanKeys;
        }

        var chunkBlocks = prefill.Sequences * tiles;
        var empty = decode.Sequences * Math.Max(0, tiles - 1) * c.EmptyBlockSeconds;
        computeSeconds = decodeBlock > chunkBlock
            ? Queue(heads.Heads, device.Multiprocessors, decode.Sequences, decodeBlock, chunkBlocks, chunkBlock, empty, longestBlock)
            : Queue(heads.Heads, device.Multiprocessors, chunkBlocks, chunkBlock, decode.Sequences, decodeBlock, empty, longestBlock);

        // Of the G = heads / KV heads readers of the same bytes, those in flight at once (as many as the multiprocessors hold heads) share one read.
        var readers = heads.Heads / heads.KvHeads;
        var inFlight = Math.Max(1, device.Multiprocessors / (decode.Sequences + chunkBlocks));
        var bytesPerHead = keys * (heads.KeyDim + heads.ValueDim) * heads.KvBytes;
        double missed = 1;
        if (device.CacheBytes > 0)
        {
            var ratio = c.CacheShare * bytesPerHead / device.CacheBytes;
            var square = ratio * ratio;
            missed = square * square / (1 + square * square);
        }

        var again = missed * ((readers + inFlight - 1) / inFlight - 1);
        memorySeconds = (prefill.Bytes + decode.Bytes + again * bytesPerHead * heads.KvHeads) / (device.BytesPerSecond * c.MemoryEfficiency);
        return Norms.Eight(computeSeconds, memorySeconds) + c.StartSeconds;
    }

    /// <summary>
    /// Seconds until a queue of blocks of two lengths is done: head by head, long and short ones in turns, each taken by the first multiprocessor that is free.
    /// </summary>
    /// <param name="heads">Query heads.</param>
    /// <param name="multiprocessors">Blocks that run at once.</param>
    /// <param name="longs">Long blocks of one head.</param>
    /// <param name="longSeconds">One of them, in the mean.</param>
    /// <param name="shorts">Short blocks of one head.</param>
    /// <param name="shortSeconds">One of them.</param>
    /// <param name="emptySeconds">All empty blocks of one head.</param>
    /// <param name="longestSeconds">The longest block.</param>
    internal static double Queue(
        double heads, double multiprocessors, double longs, double longSeconds, double shorts, double shortSeconds, double emptySeconds, double longestSeconds)
    {
        var rest = shorts * shortSeconds + emptySeconds;
        var work = heads * (longs * longSeconds + rest) / multiprocessors;
        var waves = Math.Max(Math.Ceiling(heads * longs / multiprocessors) * longSeconds, Math.Ceiling(heads * shorts / multiprocessors) * shortSeconds);

        // The last head's long blocks begin when the other heads are out, less the half of a block that each multiprocessor is still busy with.
        var share = longs * longSeconds / (longs * longSeconds + rest);
        var last = work * (1 - 1 / heads) - (share * longSeconds + (1 - share) * shortSeconds) / 2;
        // While long blocks still find free multiprocessors, they take one after another away from the short ones: d(heads)/dt = (free) / (rest of a head).
        var held = longs * (heads - 1) / multiprocessors;
        if (held < 1) last = Math.Min(last, -rest / longs * Math.Log(1 - held));
        return Math.Max(Math.Max(waves, work), Math.Max(last, 0) + longestSeconds);
    }
}
