using FsCheck;
using FsCheck.Fluent;
using LlmSim.Serving.Results;

namespace LlmSim.Serving.Tests.Results;

public class TokenGapsTests
{
    [Fact]
    public void Quantiles_are_within_the_stated_error() =>
        Prop.ForAll(Gen.Choose(0, 40).SelectMany(bits => Gen.Choose(0, int.MaxValue).Select(x => (long)x << Math.Max(0, bits - 31) >> Math.Max(0, 31 - bits))).NonEmptyListOf().ToArbitrary(), values =>
        {
            var gaps = new TokenGaps();
            foreach (var value in values) gaps.Add(value, 3);
            var sorted = values.SelectMany(v => new[] { v, v, v }).Order().ToList();
            foreach (var q in new[] { 0.0, 0.1, 0.5, 0.9, 0.99, 1.0 })
            {
                var exact = sorted[Math.Max(1, (int)Math.Ceiling(q * sorted.Count)) - 1];
                Assert.InRange(gaps.Quantile(q), exact * (1 - TokenGaps.RelativeError) - 1e-9, exact * (1 + TokenGaps.RelativeError) + 1e-9);
            }

            Assert.Equal(sorted.Count, gaps.Count);
            Assert.Equal(sorted[^1], gaps.MaxNanoseconds);
            Assert.Equal(sorted.Average(), gaps.MeanNanoseconds, 1e-6 * (1 + sorted[^1]));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nothing_counted_is_not_a_number()
    {
        var gaps = new TokenGaps();
        gaps.Add(5);
        gaps.Clear();

        Assert.True(double.IsNaN(gaps.Quantile(0.5)) && double.IsNaN(gaps.MeanNanoseconds));
        Assert.Throws<ArgumentOutOfRangeException>(() => gaps.Quantile(double.NaN));
    }
}
