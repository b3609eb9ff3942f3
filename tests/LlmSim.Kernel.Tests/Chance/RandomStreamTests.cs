using LlmSim.Kernel.Chance;

namespace LlmSim.Kernel.Tests.Chance;

public class RandomStreamTests
{
    [Fact]
    public void SplitMix64_gives_the_published_sequence_for_state_0()
    {
        // First outputs of the reference implementation (Vigna, splitmix64.c) from state 0.
        var state = 0UL;
        Assert.Equal(0xE220A8397B1DCDAFUL, RandomStreams.SplitMix64(ref state));
        Assert.Equal(0x6E789E6AA1B965F4UL, RandomStreams.SplitMix64(ref state));
        Assert.Equal(0x06C45D188009454FUL, RandomStreams.SplitMix64(ref state));
    }

    [Fact]
    public void Names_hash_as_FNV_1a_does()
    {
        // Test vectors of the FNV authors.
        Assert.Equal(0xCBF29CE484222325UL, RandomStreams.StableHash(""));
        Assert.Equal(0xAF63DC4C8601EC8CUL, RandomStreams.StableHash("a"));
        Assert.Equal(0x85944171F73967E8UL, RandomStreams.StableHash("foobar"));
    }

    [Fact]
    public void Equal_seed_and_name_give_equal_numbers_and_other_ones_do_not()
    {
        var first = Take(new RandomStreams(7).Stream("arrivals"));
        Assert.Equal(first, Take(new RandomStreams(7).Stream("arrivals")));
        Assert.NotEqual(first, Take(new RandomStreams(8).Stream("arrivals")));
        Assert.NotEqual(first, Take(new RandomStreams(7).Stream("lengths")));
        Assert.NotEqual(first, Take(new RandomStreams(7).Child("replica 0").Stream("arrivals")));

        static ulong[] Take(RandomStream stream) => [.. Enumerable.Range(0, 8).Select(_ => stream.NextUInt64())];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(37)]
    public void Whole_numbers_are_uniform(int exclusive)
    {
        const int draws = 200_000;
        var stream = new RandomStreams(1).Stream("whole numbers");
        var counts = new int[exclusive];
        for (var i = 0; i < draws; i++) counts[stream.NextInt(exclusive)]++;
        var expected = (double)draws / exclusive;
        var chiSquare = counts.Sum(c => (c - expected) * (c - expected) / expected);
        // Mean n − 1, variance 2(n − 1): four standard deviations.
        Assert.True(chiSquare <= exclusive - 1 + 4 * Math.Sqrt(2.0 * exclusive), $"χ² = {chiSquare}");
    }

    [Fact]
    public void Moments_are_those_of_the_distributions()
    {
        var stream = new RandomStreams(3).Stream("moments");
        Check(stream.NextDouble, 0.5, 1.0 / 12);
        Check(stream.NextOpenDouble, 0.5, 1.0 / 12);
        Check(() => stream.NextExponential(4), 0.25, 1.0 / 16);
        Check(stream.NextNormal, 0, 1);
        Check(() => stream.NextGamma(0.3), 0.3, 0.3);
        Check(() => stream.NextGamma(1), 1, 1);
        Check(() => stream.NextGamma(9.5), 9.5, 9.5);

        static void Check(Func<double> draw, double mean, double variance)
        {
            const int draws = 400_000;
            double sum = 0, squares = 0;
            for (var i = 0; i < draws; i++)
            {
                var x = draw() - mean;
                sum += x;
                squares += x * x;
            }

            Assert.InRange(sum / draws, -4 * Math.Sqrt(variance / draws), 4 * Math.Sqrt(variance / draws));
            Assert.InRange(squares / draws, variance * 0.96, variance * 1.04);
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Impossible_parameters_are_refused(double value)
    {
        var stream = new RandomStream(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextExponential(value));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextGamma(value));
    }
}
