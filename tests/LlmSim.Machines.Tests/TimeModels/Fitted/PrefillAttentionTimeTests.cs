using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.Tests.TimeModels.Fitted;

public sealed class PrefillAttentionTimeTests
{
    private static readonly AttentionHeads s_heads = new(32, 8, 128, 128, 2);
    private static readonly PrefillConstants s_constants = new(0.92, 0.6, 1.1e-6, 8.4e-6, 635, 4.8e-8);
    // A B200, and the same multiprocessors with single tiles.
    private static readonly AttentionDevice s_paired = new(2.25e15, 8e12, 148, 256, 128, FlashAttention2: false, 126e6);
    private static readonly AttentionDevice s_single = s_paired with { QueryTile = 64, KeyTile = 64 };

    private static double Seconds(double sequences, double tokens, double past, in AttentionDevice device, in PrefillConstants c)
    {
        var bytes = sequences * tokens * (2 * 32 * 2 + 4 * 8 * 2) * 128;
        var shape = new PrefillShape(sequences, sequences * tokens, sequences * tokens * (past + (tokens + 1) / 2), past, past + tokens, bytes);
        return PrefillAttentionTime.Seconds(shape, s_heads, device, c, out _, out _);
    }

    // Rows of the AIConfigurator table of a B200 (vLLM 0.24, bf16), in seconds.
    [Theory]
    [InlineData(1, 128, 1.2757e-5)]
    [InlineData(1, 1024, 2.8629e-5)]
    [InlineData(1, 4096, 1.65621e-4)]
    [InlineData(1, 16384, 1.768219e-3)]
    [InlineData(8, 256, 2.9045e-5)]
    [InlineData(8, 2048, 3.41445e-4)]
    [InlineData(8, 8192, 3.772245e-3)]
    public void Paired_tiles_take_the_time_that_was_measured(double sequences, double tokens, double seconds) =>
        Assert.InRange(Seconds(sequences, tokens, 0, s_paired, s_constants), 0.85 * seconds, 1.15 * seconds);

    [Fact]
    public void Softmax_hides_beside_products_in_paired_tiles_only()
    {
        var free = s_constants with { SoftmaxFlops = 1 };
        var half = s_constants with { SoftmaxFlops = s_heads.FlopsPerPair / 2 };
        Assert.InRange(Seconds(8, 16384, 0, s_paired, half) / Seconds(8, 16384, 0, s_paired, free), 1, 1.05);
        Assert.InRange(Seconds(8, 16384, 0, s_single, half) / Seconds(8, 16384, 0, s_single, free), 1.4, 1.5);
    }

    [Fact]
    public void More_tokens_or_a_longer_past_never_take_less()
    {
        foreach (var device in new[] { s_paired, s_single })
        {
            for (var tokens = 1.0; tokens < 20000; tokens *= 1.37)
            {
                var whole = Math.Round(tokens);
                var one = Seconds(4, whole, 1000, device, s_constants);
                Assert.True(double.IsFinite(one) && one > 0);
                Assert.True(Seconds(4, whole + 1, 1000, device, s_constants) >= one);
                Assert.True(Seconds(4, whole, 1001, device, s_constants) >= one);
                Assert.True(Seconds(5, whole, 1000, device, s_constants) >= one);
            }
        }
    }

    [Fact]
    public void A_lone_block_takes_its_own_time()
    {
        // One head's tile on one multiprocessor, most of which is its products.
        var heads = s_heads with { Heads = 1, KvHeads = 1 };
        var shape = new PrefillShape(1, 256, 256 * (8000 + 128.5), 8000, 8256, 0);
        foreach (var device in new[] { s_paired, s_single with { QueryTile = 256, KeyTile = 256 } })
        {
            var seconds = PrefillAttentionTime.Seconds(shape, heads, device, s_constants with { SoftmaxFlops = 1, StartSeconds = 0, TokenSeconds = 0 }, out _, out _);
            Assert.Equal(256.0 * 8320 * 512 * 148 / (2.25e15 * 0.92), seconds, 0.05 * seconds);
        }
    }
}
