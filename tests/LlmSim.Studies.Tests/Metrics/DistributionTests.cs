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

    private static RequestRow Row(long id, double arrival, double finish, RequestStatus status = RequestStatus.Finished) => new()
    {
        Id = id,
        ArrivalNanoseconds = (long)(arrival * 1e9),
        FirstScheduledNanoseconds = (long)(arrival * 1e9),
        FirstTokenNanoseconds = (long)(arrival * 1e9) + 1,
        FinishNanoseconds = status == RequestStatus.Unfinished ? -1 : (long)(finish * 1e9),
        PromptTokens = 1,
        OutputTokens = 2,
        Status = status,
    };

    [Fact]
    public void A_single_server_is_saturated_exactly_when_its_load_is_above_one()
    {
        foreach (var (load, saturated) in new[] { (0.5, false), (0.9, false), (1.2, true), (2.0, true) })
        {
            // Deterministic arrivals, service of one second each.
            var free = 0.0;
            var rows = new RequestRow[2000];
            for (var i = 0; i < rows.Length; i++)
            {
                var arrival = i / load;
                free = Math.Max(free, arrival) + 1;
                rows[i] = Row(i, arrival, free);
            }

            Assert.Equal(saturated, Saturation.Judge(rows, openLoop: true).IsSaturated);
            Assert.False(Saturation.Judge(rows, openLoop: false).IsSaturated);
        }
    }

    [Fact]
    public void A_peak_that_the_system_cannot_take_is_told_even_if_it_catches_up()
    {
        // 1,000 requests in 500 s and then 100 in 500 s, served one a second.
        var free = 0.0;
        var rows = Enumerable.Range(0, 1100).Select(i =>
        {
            var arrival = i < 1000 ? i * 0.5 : 500 + (i - 1000) * 5.0;
            var begin = Math.Max(free, arrival);
            free = begin + 1;
            return Row(i, arrival, free) with { FirstScheduledNanoseconds = (long)(begin * 1e9) };
        }).ToArray();
        Assert.True(Saturation.Judge(rows, openLoop: true).IsSaturated);
    }

    [Fact]
    public void Long_answers_are_not_saturation()
    {
        // Every request takes 100 s and all run at once: many are inside at the end of the arrivals, as many as at their middle.
        var rows = Enumerable.Range(0, 2000).Select(i => Row(i, i * 0.5, i * 0.5 + 100)).ToArray();
        Assert.False(Saturation.Judge(rows, openLoop: true).IsSaturated);
        // Fewer than twenty requests say nothing.
        Assert.False(Saturation.Judge(rows.AsSpan(0, 10), openLoop: true).IsSaturated);
    }

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
