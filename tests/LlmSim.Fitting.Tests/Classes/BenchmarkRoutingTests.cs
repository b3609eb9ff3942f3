using LlmSim.Fitting.Classes;

namespace LlmSim.Fitting.Tests.Classes;

public sealed class BenchmarkRoutingTests
{
    [Theory]
    [InlineData(1, 8, 128, 1, 8, 8)]
    [InlineData(1, 8, 128, 16, 1, 1)]
    [InlineData(64, 8, 128, 4, 128, 32)]
    public void An_even_deal_chooses_as_many_experts_as_it_can(int tokens, int perToken, int experts, int ranks, double rows, double distinct)
    {
        var (held, loads) = BenchmarkRouting.Balanced(tokens, perToken, experts, ranks);
        Assert.Equal((rows, distinct), (held, loads.Distinct));
        Assert.Equal(distinct * 16 * Math.Ceiling(rows / distinct / 16), loads.Padded16);
    }

    // Experts that the measured times on an H100 say were read, against those of an even deal (4096/1536, 128 experts, 8 per token).
    [Theory]
    [InlineData(2, 1, 16)]
    [InlineData(8, 1, 43.5)]
    [InlineData(16, 1, 58.7)]
    [InlineData(32, 1, 106)]
    [InlineData(8, 4, 12.4)]
    [InlineData(16, 16, 5.1)]
    public void A_power_law_chooses_as_many_experts_as_were_read(int tokens, int ranks, double distinct) =>
        Assert.InRange(BenchmarkRouting.PowerLaw(tokens, 8, 128, ranks, restToFirst: false).Loads.Distinct, distinct * 0.85, distinct * 1.15);

    [Fact]
    public void Every_choice_is_dealt_and_the_heaviest_rank_has_more_than_its_share()
    {
        foreach (var first in new[] { false, true })
        {
            foreach (var tokens in new[] { 1, 7, 64, 1000 })
            {
                var (all, loads) = BenchmarkRouting.PowerLaw(tokens, 4, 64, 1, first);
                // An expert takes a token once, so a few choices of the most popular are lost.
                Assert.InRange(all, 0.6 * tokens * 4, tokens * 4);
                Assert.InRange(loads.Distinct, 1, 64);
                Assert.True(loads.Padded128 >= loads.Padded16 && loads.Padded16 >= all);
                Assert.True(BenchmarkRouting.PowerLaw(tokens, 4, 64, 8, first).Rows >= all / 8);
            }
        }

        Assert.Equal(BenchmarkRouting.PowerLaw(50, 8, 128, 4, false), BenchmarkRouting.PowerLaw(50, 8, 128, 4, false));
    }
}
