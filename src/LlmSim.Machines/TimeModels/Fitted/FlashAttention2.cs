namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>
/// What decode and mixed batches have in common under FlashAttention-2: blocks of 64 query rows that step along the keys, one block a multiprocessor, and its
/// rule for splitting a context.
/// </summary>
/// <remarks>
/// From the kernel's published source: tiles (<c>run_mha_fwd_splitkv_dispatch</c>) and splits (<c>num_splits_heuristic</c>, which counts on two blocks a multiprocessor
/// though shared memory holds one on all but the largest).
/// </remarks>
internal static class FlashAttention2
{
    /// <summary>Query rows of one block.</summary>
    public const double RowTile = 64;

    // The kernel splits a context into no more parts.
    private const double MostSplits = 128;

    /// <summary>Keys of one step.</summary>
    public static double KeyTile(in AttentionHeads heads) => heads.KeyDim <= 64 ? 256 : heads.KeyDim <= 128 ? 128 : 64;

    /// <summary>Seconds of one step: the products of a whole tile, however few of its rows are used, and the wait for operands and softmax.</summary>
    public static double StepSeconds(in AttentionHeads heads, in AttentionDevice device, double waitSeconds) =>
        RowTile * KeyTile(heads) * heads.FlopsPerPair * device.Multiprocessors / device.FlopsPerSecond + waitSeconds;

    /// <summary>
    /// Parts that a context is split into: the least that keep 85 % as many blocks running, over whole waves of two blocks a multiprocessor, as the best number does.
    /// </summary>
    /// <param name="blocks">Blocks without splitting.</param>
    /// <param name="tiles">Key tiles of a context.</param>
    /// <param name="multiprocessors">Multiprocessors.</param>
    public static double Splits(double blocks, double tiles, double multiprocessors)
    {
        const double Enough = 0.85;
        var slots = 2 * multiprocessors;
        if (blocks >= 0.8 * slots) return 1;
        var most = Math.Min(Math.Min(MostSplits, slots), tiles);
        // Fullest use of any number of waves; a wave holds so many splits of each block.
        double perWave = slots / blocks, best = 0;
        for (var wave = 1; best < 0.98; wave++)
        {
            best = Math.Max(best, AtMost(Math.Min(Math.Floor(wave * perWave), most), tiles) / (wave * perWave));
            if (wave * perWave >= most) break;
        }

        for (var wave = 1; wave * perWave < most; wave++)
        {
            var splits = AtLeast(Math.Ceiling(Enough * best * wave * perWave), tiles);
            if (splits <= Math.Floor(wave * perWave)) return splits;
        }

        return Math.Min(AtLeast(Math.Ceiling(Enough * AtMost(most, tiles)), tiles), AtMost(most, tiles));
    }

    // Only numbers count with which the longest part has fewer tiles than with one less: the next such number down, and up.
    private static double AtMost(double splits, double tiles) => Math.Ceiling(tiles / Math.Ceiling(tiles / splits));

    private static double AtLeast(double splits, double tiles) => splits <= 1 ? 1 : Math.Ceiling(tiles / Math.Max(1, Math.Floor((tiles - 1) / (splits - 1))));
}
