using FsCheck;
using FsCheck.Fluent;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.Tests.TimeModels.Fitted;

public sealed class MixedAttentionTimeTests
{
    private static readonly AttentionHeads s_heads = new(32, 8, 128, 128, 2);
    // An RTX PRO 6000 with the constants fitted on it, rounded.
    private static readonly AttentionDevice s_device = new(503.8e12, 1.597e12, 188, 64, 64, FlashAttention2: true, 128e6);
    private static readonly MixedConstants s_constants = new(1.17e-6, 0.88, 3.8e-6, 3.4e-7, 2.7e-6, 1);

    private static double Seconds(double chunk, double past, double decodes, double context) => MixedAttentionTime.Seconds(
        Prompt(chunk, past), Decodes(decodes, context), s_heads, s_device, s_constants, out _, out _);

    private static PrefillShape Prompt(double chunk, double past) => chunk == 0
        ? default
        : new(1, chunk, chunk * past + chunk * (chunk + 1) / 2, past, past + chunk, 2 * chunk * 32 * 256 + (past + 3 * chunk) * 8 * 512);

    private static DecodeShape Decodes(double n, double keys) => new(n, keys, n * (keys * 8 * 512 + 2 * 32 * 256));

    // LLMServingSim's table of Llama-3.1-8B on an RTX PRO 6000 (vLLM 0.19), in microseconds: one wave, waves that are not full, many short blocks,
    // a long block that starts late, empty blocks, keys read again by each of four heads.
    [Theory]
    [InlineData(16, 512, 1, 512, 18)]
    [InlineData(16, 512, 8, 16384, 736)]
    [InlineData(16, 512, 16, 16384, 1105)]
    [InlineData(2048, 512, 4, 512, 251)]
    [InlineData(2048, 512, 1, 16384, 538)]
    [InlineData(2048, 512, 128, 16, 561)]
    [InlineData(64, 512, 128, 8192, 8612)]
    public void A_launch_takes_the_time_that_was_measured(double chunk, double past, double decodes, double context, double microseconds) =>
        Assert.InRange(Seconds(chunk, past, decodes, context) * 1e6, microseconds * 0.88, microseconds * 1.12);

    [Fact]
    public void The_queue_is_near_a_simulation_of_its_blocks()
    {
        var errors = new List<double>();
        foreach (var longs in new[] { 1, 3, 9, 40 })
        {
            foreach (var shorts in new[] { 0, 1, 4, 30 })
            {
                foreach (var ratio in new[] { 1.0, 1.5, 4, 20 })
                {
                    if (shorts == 0 && ratio > 1) continue;
                    var closed = MixedAttentionTime.Queue(32, 188, longs, ratio, shorts, 1, 0, ratio);
                    errors.Add(Math.Abs(closed / Simulated(32, 188, longs, ratio, shorts, 1) - 1));
                }
            }
        }

        Assert.InRange(errors.Average(), 0, 0.04);
        Assert.InRange(errors.Max(), 0, 0.35);
    }

    // Blocks head by head, short ones first, each to the multiprocessor that is free first.
    private static double Simulated(int heads, int multiprocessors, int longs, double longSeconds, int shorts, double shortSeconds)
    {
        var free = new PriorityQueue<double, double>(Enumerable.Repeat((0.0, 0.0), multiprocessors));
        double end = 0;
        for (var head = 0; head < heads; head++)
        {
            for (var block = 0; block < shorts + longs; block++)
            {
                var done = free.Dequeue() + (block < shorts ? shortSeconds : longSeconds);
                free.Enqueue(done, done);
                end = Math.Max(end, done);
            }
        }

        return end;
    }

    [Fact]
    public void Twice_the_work_takes_no_less_time_and_no_more_than_the_sum_of_its_blocks() => Prop.ForAll(
        ArbMap.Default.ArbFor<(ushort, ushort, byte, ushort)>(),
        sizes =>
        {
            double chunk = sizes.Item1 % 4096 + 1, past = sizes.Item2 % 16384, decodes = sizes.Item3 + 1, context = sizes.Item4 % 16384 + 1;
            var one = Seconds(chunk, past, decodes, context);
            return double.IsFinite(one) && one > s_constants.StartSeconds
                && Seconds(2 * chunk, past, decodes, context) >= 0.97 * one
                && Seconds(chunk, 2 * past, decodes, context) >= 0.97 * one
                && Seconds(chunk, past, 2 * decodes, context) >= 0.97 * one
                // Where decodes become the longer blocks, the closed form changes over to another approximation.
                && Seconds(chunk, past, decodes, 2 * context) >= 0.93 * one;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_block_takes_its_own_time_and_no_cache_means_reading_again()
    {
        var perKey = (64 * 128 * s_heads.FlopsPerPair * 188 / 503.8e12 + s_constants.WaitSeconds) / 128;
        var alone = MixedAttentionTime.Seconds(Prompt(16, 0), default, new AttentionHeads(1, 1, 128, 128, 2), s_device, s_constants, out _, out _);
        Assert.Equal(s_constants.BlockSeconds + 16 * perKey + s_constants.StartSeconds, alone, 1e-8);

        MixedAttentionTime.Seconds(Prompt(16, 0), Decodes(512, 1024), s_heads, s_device with { CacheBytes = 0 }, s_constants, out _, out var without);
        MixedAttentionTime.Seconds(Prompt(16, 0), Decodes(512, 1024), s_heads, s_device with { CacheBytes = 1e12 }, s_constants, out _, out var with);
        Assert.InRange(without / with, 3.8, 4);
    }
}
