using LlmSim.Kernel.Chance;
using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Tests.Metrics;

public sealed class SaturationTests
{
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

    [Theory]
    [InlineData(0.95, false)]
    [InlineData(0.98, false)]
    [InlineData(1.03, true)]
    [InlineData(1.1, true)]
    public void A_long_run_a_little_above_what_the_server_takes_is_saturated(double load, bool saturated)
    {
        // Poisson arrivals at a server of one request a second: 3 % too much is a wait of twenty minutes at the end.
        for (ulong seed = 1; seed <= 10; seed++) Assert.Equal(saturated, Judge(load, 40_000, seed, gapVariation: 1));
    }

    [Fact]
    public void Bursts_that_a_server_works_off_are_not_saturation()
    {
        // Gaps with a coefficient of variation of 3: counts vary three times as much as those of a Poisson process.
        var told = Enumerable.Range(1, 20).Count(seed => Judge(0.9, 20_000, (ulong)seed, gapVariation: 3));
        Assert.Equal(0, told);
    }

    private static bool Judge(double load, int requests, ulong seed, double gapVariation)
    {
        var random = new RandomStreams(seed).Stream("arrivals");
        double arrival = 0, free = 0;
        var rows = new RequestRow[requests];
        // Gaps of zero, or exponential ones that are as much longer: the balance gives the wanted variation.
        var zero = (gapVariation * gapVariation - 1) / (gapVariation * gapVariation + 1);
        for (var i = 0; i < requests; i++)
        {
            if (random.NextDouble() >= zero) arrival += -Math.Log(1 - random.NextDouble()) / (load * (1 - zero));
            var begin = Math.Max(free, arrival);
            free = begin + 1;
            rows[i] = Row(i, arrival, free) with { FirstScheduledNanoseconds = (long)(begin * 1e9) };
        }

        return Saturation.Judge(rows, openLoop: true).IsSaturated;
    }

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
}
