namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>The sequences of one batch as decode attention sees them.</summary>
/// <param name="Sequences">b: one query each.</param>
/// <param name="MeanKeys">Mean keys a query sees, itself included.</param>
/// <param name="Bytes">Bytes moved.</param>
/// <param name="LongestKeys">Most keys that one of them sees; 0 where all see as many.</param>
public readonly record struct DecodeShape(double Sequences, double MeanKeys, double Bytes, double LongestKeys = 0);

/// <summary>Fitted constants of decode attention; see <see cref="DecodeAttentionTime.Specs"/>.</summary>
public readonly record struct DecodeConstants(
    double MemoryEfficiency, double BlockSpeed, double BlockSeconds, double StartSeconds, double ReduceSeconds, double GroupSeconds,
    double CacheSpeed, double CacheShare, double StepSeconds, double WaitSeconds, double SplitSeconds, double CopySpeed)
{
    /// <summary>Constants in the order of <see cref="DecodeAttentionTime.Specs"/>.</summary>
    public static DecodeConstants From(ReadOnlySpan<double> v) => new(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11]);
}

/// <summary>
/// Time of decode attention: one block per sequence and KV head, split along the context as far as multiprocessors are free (flash decoding),
/// each limited by what one multiprocessor can load and compute; overlapped with memory traffic; plus a start and the reduction over splits.
/// </summary>
/// <remarks>
/// FlashAttention-2 and later kernels differ in everything between: the former's blocks run in whole waves, cost whole tiles, and are split by a rule of its own
/// (<see cref="FlashAttention2"/>); its queries are packed by group in copies before and after. Some constants belong to one of the two only.
/// Uneven contexts are taken at their mean; what they add where contexts are not split is <see cref="UnevenDecodesTime"/>. Their maximum would double the time.
/// </remarks>
public static class DecodeAttentionTime
{
    // Keys of one step of the kernels' inner loop.
    private const double KeyTile = 128;

    // Share of the peak that one block's products can reach at best.
    private const double PeakShare = 0.5;

    /// <summary>The constants, in the order of <see cref="DecodeConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("memoryEfficiency", "1", 0.3, 1, 0.85, "share of the bandwidth that streaming the cache reaches"),
        new("blockSpeed", "1", 0.3, 20, 2, "bandwidth that one multiprocessor can draw, over its even share; not FlashAttention-2"),
        new("blockSeconds", "s", 1e-8, 2e-5, 3e-6, "start and end of one block"),
        new("startSeconds", "s", 1e-7, 1e-4, 7e-6, "launch, and the operators around the kernel"),
        new("reduceSeconds", "s", 1e-9, 2e-5, 2e-6, "combining the splits of a context"),
        new("groupSeconds", "s", 1e-9, 2e-5, 4e-6, "start of the copies that pack query groups; FlashAttention-2 with several sequences and KV heads only"),
        new("cacheSpeed", "1", 0.3, 30, 2, "bandwidth of the L2 cache over that of memory; fitting only"),
        new("cacheShare", "1", 0.1, 2, 0.5, "bytes over cache size at which the benchmark found half of them cached, inverted; fitting only"),
        new("stepSeconds", "s", 1e-8, 2e-5, 1e-6, "one step of a block's inner loop: 64 query rows by 128 keys of 128 + 128 elements; not FlashAttention-2"),
        new("waitSeconds", "s", 1e-8, 1e-5, 1e-6, "what softmax and waiting add to the products of one step; FlashAttention-2 only"),
        new("splitSeconds", "s", 1e-9, 2e-6, 1.7e-7, "what each split adds to combining them; FlashAttention-2 only"),
        new("copySpeed", "1", 0.1, 30, 1, "bandwidth of the copies that pack query groups, over that of memory; FlashAttention-2 only"),
    ];

    /// <summary>Whether a constant means something for the kernels of a device.</summary>
    public static bool Uses(string constant, in AttentionDevice device) => constant switch
    {
        "blockSpeed" or "stepSeconds" => !device.FlashAttention2,
        "groupSeconds" or "waitSeconds" or "splitSeconds" or "copySpeed" => device.FlashAttention2,
        _ => true,
    };

    /// <summary>Seconds of one pass.</summary>
    /// <param name="shape">The batch.</param>
    /// <param name="heads">The operator.</param>
    /// <param name="device">The device.</param>
    /// <param name="c">Its constants.</param>
    /// <param name="warmCacheBytes">Size of an L2 cache that still holds the keys and values; 0 in simulations.</param>
    /// <param name="computeSeconds">What arithmetic alone would need.</param>
    /// <param name="memorySeconds">What memory alone would need: the whole bandwidth, or what the busy multiprocessors can draw of it.</param>
    public static double Seconds(
        in DecodeShape shape, in AttentionHeads heads, in AttentionDevice device, in DecodeConstants c, double warmCacheBytes,
        out double computeSeconds, out double memorySeconds)
    {
        if (device.FlashAttention2) return FlashAttention2Seconds(shape, heads, device, c, warmCacheBytes, out computeSeconds, out memorySeconds);
        double sm = device.Multiprocessors, length = shape.MeanKeys;
        var group = heads.Heads / heads.KvHeads;
        // Later kernels keep two teams of 64 rows in a block, at the time of one.
        var blocks = shape.Sequences * heads.KvHeads * Math.Ceiling(group / 128);
        var tiles = Math.Ceiling(length / KeyTile);
        var splits = Math.Clamp(Math.Floor(sm / blocks), 1, tiles);
        splits = tiles / Math.Ceiling(tiles / splits);
        var keys = KeyTile * tiles / splits;
        var dims = heads.KeyDim + heads.ValueDim;
        var load = heads.KvBytes * Math.Min(keys, Math.Max(length, 16)) * dims * sm / (c.BlockSpeed * device.BytesPerSecond);
        // A step waits for its operands and products in turn: its time follows the clock, not the peak, until the peak itself is too small.
        var rows = Math.Clamp(group, 16, 64);
        var steps = c.StepSeconds * (keys / KeyTile) * (rows / 64) * (dims / 256);
        var math = 2 * Math.Clamp(group, 16, 128) * keys * dims * sm / (PeakShare * device.FlopsPerSecond);
        var waves = Math.Max(1, blocks * splits / sm);
        var blockSeconds = waves * (c.BlockSeconds + Math.Max(load, Math.Max(steps, math)));
        var streaming = Streaming(shape.Bytes, device, c, warmCacheBytes);
        var seconds = Norms.Three(blockSeconds, streaming) + c.StartSeconds;

        // A block that waits for its multiprocessor's loads waits for memory, however little of the whole bandwidth that is.
        computeSeconds = waves * math;
        memorySeconds = Math.Max(streaming, waves * load);
        if (splits > 1) seconds += c.ReduceSeconds;
        return seconds;
    }

    private static double FlashAttention2Seconds(
        in DecodeShape shape, in AttentionHeads heads, in AttentionDevice device, in DecodeConstants c, double warmCacheBytes,
        out double computeSeconds, out double memorySeconds)
    {
        var group = heads.Heads / heads.KvHeads;
        var blocks = shape.Sequences * heads.KvHeads * Math.Ceiling(group / FlashAttention2.RowTile);
        var tiles = Math.Ceiling(shape.MeanKeys / FlashAttention2.KeyTile(heads));
        // A query head with keys of its own takes another way into the kernel, which never splits.
        var splits = group > 1 ? FlashAttention2.Splits(blocks, tiles, device.Multiprocessors) : 1;
        var steps = Math.Ceiling(tiles / splits);
        blocks *= Math.Ceiling(tiles / steps);
        var walk = Math.Ceiling(blocks / device.Multiprocessors) * (c.BlockSeconds + steps * FlashAttention2.StepSeconds(heads, device, c.WaitSeconds));
        memorySeconds = Streaming(shape.Bytes, device, c, warmCacheBytes);
        var seconds = Norms.Three(walk, memorySeconds) + c.StartSeconds;
        // Few blocks walk their keys in turn, each step waiting for its operands: that is not what arithmetic needs, which all multiprocessors would share.
        computeSeconds = blocks * steps * FlashAttention2.StepSeconds(heads, device, 0) / device.Multiprocessors;
        if (splits > 1) seconds += c.ReduceSeconds + splits * c.SplitSeconds;
        if (group > 1 && heads.KvHeads > 1 && shape.Sequences > 1)
        {
            // Queries before and results after the kernel, 16 bits each, read and written.
            var copied = 4 * shape.Sequences * heads.Heads * (heads.KeyDim + heads.ValueDim);
            seconds += c.GroupSeconds + copied / (device.BytesPerSecond * c.CopySpeed);
        }

        return seconds;
    }

    // Seconds to read and write some bytes, of which a benchmark may have left a part in the L2 cache.
    private static double Streaming(double bytes, in AttentionDevice device, in DecodeConstants c, double warmCacheBytes)
    {
        double warm = 0;
        if (warmCacheBytes > 0)
        {
            var ratio = c.CacheShare * bytes / warmCacheBytes;
            var square = ratio * ratio;
            warm = 1 / (1 + square * square);
        }

        return bytes * ((1 - warm) / c.MemoryEfficiency + warm / c.CacheSpeed) / device.BytesPerSecond;
    }
}
