namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>Fitted constants of decodes whose contexts differ; see <see cref="UnevenDecodesTime.Specs"/>.</summary>
public readonly record struct UnevenConstants(double KeySeconds)
{
    /// <summary>Constants in the order of <see cref="UnevenDecodesTime.Specs"/>.</summary>
    public static UnevenConstants From(ReadOnlySpan<double> v) => new(v[0]);
}

/// <summary>
/// What uneven contexts add to attention whose kernels give each sequence and KV head to one block, as FlashAttention-2's do where the batch is large: the
/// longest context's block is still at its surplus of keys when all others are done, and one multiprocessor alone streams slowly.
/// </summary>
/// <remarks>
/// Adds to times at the mean context. Where the contexts are split among blocks the surplus is shared out and costs nothing measurable. Which of several
/// long contexts comes last is not looked at.
/// </remarks>
public static class UnevenDecodesTime
{
    // Elements of one key and its value in the heads that were measured: 128 + 128.
    private const double KeyElements = 256;

    /// <summary>The constants, in the order of <see cref="UnevenConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("keySeconds", "s", 1e-10, 1e-7, 1.5e-8, "one block alone, each key of the longest context beyond the mean: 128 + 128 elements of 16 bits"),
    ];

    /// <summary>Whether a batch of decodes alone gives each context to a single block.</summary>
    public static bool Unsplit(in DecodeShape decode, in AttentionHeads heads, in AttentionDevice device)
    {
        if (!device.FlashAttention2) return false;
        var group = heads.Heads / heads.KvHeads;
        var blocks = decode.Sequences * heads.KvHeads * Math.Ceiling(group / FlashAttention2.RowTile);
        return group <= 1 || FlashAttention2.Splits(blocks, Math.Ceiling(decode.MeanKeys / FlashAttention2.KeyTile(heads)), device.Multiprocessors) <= 1;
    }

    /// <summary>Seconds to be added for one launch in which no context is split.</summary>
    /// <param name="decode">The batch.</param>
    /// <param name="heads">The operator.</param>
    /// <param name="c">The constants.</param>
    /// <param name="turnSeconds">
    /// What one head's blocks take: heads take turns. The longest context begins in the middle of the last turn on average, later by half a turn than where it stands first
    /// in the batch, as in what was measured (0). An even batch pays nothing, so the delay is at most the surplus itself.
    /// </param>
    public static double Seconds(in DecodeShape decode, in AttentionHeads heads, in UnevenConstants c, double turnSeconds = 0)
    {
        var surplus = Math.Max(0, decode.LongestKeys - decode.MeanKeys) * c.KeySeconds * (heads.KeyDim + heads.ValueDim) / KeyElements * heads.KvBytes / 2;
        return surplus + Math.Min(surplus, turnSeconds / 2);
    }
}
