using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.Tests.TimeModels.Fitted;

public sealed class MixtureTimeTests
{
    // An H100 with the constants fitted on it, rounded; Qwen3-235B's experts.
    private static readonly GemmDevice s_device = new(989.5e12, 3.35e12, 132, WholeWaves: false);
    private static readonly MixtureConstants s_constants = new(0.6, 0.87, 2.9e-5, 0.7, 5, 2.3e-6, 8.8e-6, 0.52, 30, 1.6, TwoTiles: false);

    private static MixtureShape Shape(double tokens, int ranks = 1, double skew = 0) =>
        new(128 / ranks, tokens * 8 / ranks, tokens * 8, ranks > 1, tokens, skew, 4096, 1536, 3, 2);

    private static double Seconds(in MixtureShape shape, in MixtureConstants constants, double warmCacheBytes = 0) =>
        MixtureTime.Seconds(shape, MixtureTime.Loads(shape), s_device, constants, warmCacheBytes, out _, out _);

    // AIConfigurator's table (vLLM 0.24, bf16), tokens dealt evenly, in microseconds; even chance reads fewer experts than an even deal, so few tokens are left out.
    [Theory]
    [InlineData(128, 1, 1690)]
    [InlineData(1024, 1, 1864)]
    [InlineData(16384, 1, 10154)]
    [InlineData(4096, 16, 604)]
    [InlineData(1024, 64, 201)]
    public void Experts_take_the_time_that_was_measured(double tokens, int ranks, double microseconds) =>
        Assert.InRange(Seconds(Shape(tokens, ranks), s_constants) * 1e6, microseconds * 0.83, microseconds * 1.17);

    [Fact]
    public void More_tokens_never_take_less_and_skew_reads_fewer_experts()
    {
        foreach (var constants in new[] { s_constants, s_constants with { TwoTiles = true } })
        {
            double last = 0;
            for (double tokens = 1; tokens < 1e6; tokens *= 1.3)
            {
                var seconds = Seconds(Shape(tokens), constants);
                Assert.True(seconds >= last, $"{tokens}");
                last = seconds;
            }
        }

        Assert.True(Seconds(Shape(8, skew: 1.2), s_constants) < Seconds(Shape(8), s_constants));
        Assert.True(MixtureTime.Loads(Shape(1e6)).Distinct > 127.99);
    }

    [Fact]
    public void Rows_of_experts_elsewhere_cost_what_the_kernels_do_with_them()
    {
        var shape = Shape(16384, ranks: 128);
        var passing = Seconds(shape, s_constants) - Seconds(shape, s_constants with { ForeignEfficiency = 50 });
        var bytes = (shape.Choices - shape.Rows) * (4 * 4096 + 2 * 3 * 1536);
        Assert.Equal(bytes / 3.35e12 * (1 / 0.52 - 1 / 50.0), passing, 1e-9);
        // One device holds all: nothing passes.
        Assert.Equal(Seconds(Shape(64), s_constants), Seconds(Shape(64), s_constants with { ForeignEfficiency = 0.05 }), 1e-12);
    }

    [Fact]
    public void Experts_in_the_cache_are_read_faster()
    {
        var cold = Seconds(Shape(1), s_constants);
        Assert.InRange(Seconds(Shape(1), s_constants, warmCacheBytes: 1e12), s_constants.StartSeconds, 0.7 * cold);
        Assert.Equal(cold, Seconds(Shape(1), s_constants, warmCacheBytes: 1e6), 1e-9);
    }
}
