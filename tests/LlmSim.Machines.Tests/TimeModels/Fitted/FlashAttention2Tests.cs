using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.Tests.TimeModels.Fitted;

public sealed class FlashAttention2Tests
{
    private static readonly AttentionDevice s_device = new(503.8e12, 1.597e12, 188, 64, 64, FlashAttention2: true, 128e6);

    // An RTX PRO 6000's, rounded.
    private static readonly DecodeConstants s_constants = new(0.93, 2, 1.8e-6, 4.9e-6, 3.7e-6, 4.1e-6, 3.4, 0.79, 1e-6, 0.92e-6, 1.7e-7, 1.7);

    // The rule as the kernel's authors wrote it: try every number.
    private static double Searched(double blocks, double tiles, double slots)
    {
        if (blocks >= 0.8 * slots) return 1;
        var most = (int)Math.Min(Math.Min(128, slots), tiles);
        var full = Enumerable.Range(1, most).Select(s =>
            s > 1 && Math.Ceiling(tiles / s) == Math.Ceiling(tiles / (s - 1)) ? 0 : blocks * s / slots / Math.Ceiling(blocks * s / slots)).ToArray();
        return Array.FindIndex(full, f => f >= 0.85 * full.Max()) + 1;
    }

    [Fact]
    public void Splits_are_those_of_a_search_through_all_numbers()
    {
        int different = 0, all = 0;
        foreach (var multiprocessors in new[] { 108, 142, 188 })
        {
            for (var blocks = 1; blocks < 400; blocks += 3)
            {
                foreach (var tiles in new[] { 1, 2, 3, 5, 8, 11, 23, 64, 100, 128, 333, 1024 })
                {
                    var splits = FlashAttention2.Splits(blocks, tiles, multiprocessors);
                    Assert.InRange(splits, 1, Math.Min(128, tiles));
                    all++;
                    if (splits != Searched(blocks, tiles, 2 * multiprocessors)) different++;
                }
            }
        }

        // Where no number fills its waves well, the search through waves stops early.
        Assert.InRange(different, 0, all / 100);
    }

    private static double Seconds(double sequences, double keys, AttentionHeads heads) => DecodeAttentionTime.Seconds(
        new DecodeShape(sequences, keys, sequences * (keys * heads.KvHeads * 512 + heads.Heads * 512)), heads, s_device, s_constants, 0, out _, out _);

    // LLMServingSim's table of Llama-3.1-8B on an RTX PRO 6000 (cold caches), in microseconds: one block a head, split contexts with and without packing, memory.
    [Theory]
    [InlineData(1, 17, 8.4)]
    [InlineData(1, 129, 11.9)]
    [InlineData(2, 129, 15.4)]
    [InlineData(1, 8193, 38)]
    [InlineData(8, 4097, 108.2)]
    [InlineData(64, 257, 68.5)]
    [InlineData(256, 16385, 11239)]
    public void A_decode_takes_the_time_that_was_measured(double sequences, double keys, double microseconds) =>
        Assert.InRange(Seconds(sequences, keys, new AttentionHeads(32, 8, 128, 128, 2)) * 1e6, microseconds * 0.85, microseconds * 1.15);

    [Fact]
    public void Single_heads_are_never_split_and_more_takes_longer()
    {
        var single = new AttentionHeads(1, 1, 128, 128, 2);
        var step = FlashAttention2.StepSeconds(single, s_device, s_constants.WaitSeconds);
        Assert.InRange(Seconds(1, 131072, single), 1024 * step, 1024 * step * 1.1);
        foreach (var heads in new[] { single, new(32, 8, 128, 128, 2), new(64, 8, 64, 64, 2) })
        {
            foreach (var sequences in new[] { 1, 3, 17, 200 })
            {
                foreach (var keys in new[] { 1, 100, 1000, 30000 })
                {
                    var one = Seconds(sequences, keys, heads);
                    // Splits are chosen in steps: twice the work never takes less, but for the combining that a better split saves.
                    Assert.True(Seconds(2 * sequences, keys, heads) >= 0.8 * one, $"{sequences} {keys}");
                    Assert.True(Seconds(sequences, 2 * keys, heads) >= one, $"{sequences} {keys}");
                }
            }
        }
    }
}
