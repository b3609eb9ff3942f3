using FsCheck;
using FsCheck.Fluent;
using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Tests.Metrics;

public sealed class DistributionTests
{
    [Fact]
    public void Percentiles_are_those_of_the_definition()
    {
        var values = Enumerable.Range(1, 101).Select(i => (double)i).Reverse().ToArray();
        var d = Distribution.Of(values);
        Assert.Equal(new Distribution(51, 51, 91, 96, 100, 101), d);
        Assert.Equal(1.5, Distribution.Percentile([1, 2], 0.5));
        Assert.Equal(Distribution.Empty, Distribution.Of([]));
        Assert.Equal(7, Distribution.Of([7]).P99);
    }

    [Fact]
    public void Percentiles_lie_between_neighbours_whatever_the_values() =>
        Prop.ForAll(Gen.NonEmptyListOf(Gen.Choose(0, 1000)).ToArbitrary(), list =>
        {
            var values = list.Select(v => (double)v).ToArray();
            var sorted = values.Order().ToArray();
            var d = Distribution.Of(values);
            Assert.Equal(sorted.Average(), d.Mean, 9);
            foreach (var (p, v) in new[] { (0.5, d.P50), (0.9, d.P90), (0.99, d.P99) })
            {
                var place = p * (sorted.Length - 1);
                Assert.InRange(v, sorted[(int)Math.Floor(place)], sorted[(int)Math.Ceiling(place)]);
            }
        }).Check(Config.QuickThrowOnFailure.WithReplay(20260102, 1));

    [Fact]
    public void Spans_merge_without_losing_sums_or_extremes()
    {
        var spans = new IterationSpans(16);
        var random = new Kernel.Chance.RandomStreams(1).Stream("spans");
        long tokens = 0, iterations = 0, peak = 0, now = 0;
        for (var i = 0; i < 1001; i++)
        {
            var record = new IterationRecord(0, now, now + 10, 1 + random.NextInt(5), 1, random.NextInt(100), random.NextInt(50), 3, random.NextInt(9), random.NextInt(10_000), 0);
            now += 10 + random.NextInt(3);
            tokens += record.PrefillTokens + record.DecodeSequences * record.Iterations;
            iterations += record.Iterations;
            peak = Math.Max(peak, record.KvBlocksUsed);
            spans.Add(record);
        }

        var all = spans.All;
        Assert.InRange(all.Count, 2, 17);
        Assert.Equal(tokens, all.Sum(s => s.PrefillTokens + s.DecodeTokens));
        Assert.Equal(iterations, all.Sum(s => s.Iterations));
        Assert.Equal(peak, all.Max(s => s.MaxKvBlocks));
        Assert.Equal(10_010, all.Sum(s => s.BusyNanoseconds));
        for (var i = 1; i < all.Count; i++) Assert.True(all[i].StartNanoseconds >= all[i - 1].EndNanoseconds);
    }
}
