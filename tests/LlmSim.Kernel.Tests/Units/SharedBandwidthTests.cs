using LlmSim.Kernel.Chance;
using LlmSim.Kernel.Units;

namespace LlmSim.Kernel.Tests.Units;

public class SharedBandwidthTests
{
    [Fact]
    public void Processor_sharing_matches_its_closed_form_to_one_tick_per_completion()
    {
        var random = new RandomStreams(1).Stream("sharing");
        for (var trial = 0; trial < 200; trial++)
        {
            // n jobs that start together: the k-th shortest ends at Σ_{i<k} (w_(i) − w_(i−1))·(n − i + 1).
            var works = Enumerable.Range(0, 1 + random.NextInt(30)).Select(_ => 1L + random.NextInt(1_000_000)).Order().ToArray();
            var sharing = new SharedBandwidth(1);
            for (var i = 0; i < works.Length; i++) sharing.Start(0, i, works[i], [new Demand(0, 1)]);
            long exact = 0, previous = 0;
            for (var k = 0; k < works.Length; k++)
            {
                exact += (works[k] - previous) * (works.Length - k);
                previous = works[k];
                Assert.True(sharing.TryNext(out var time, out var index));
                Assert.InRange(time - exact, 0, k + 1);
                sharing.End(time, index);
            }

            Assert.False(sharing.TryNext(out _, out _));
        }
    }

    [Fact]
    public void A_job_that_nobody_slows_takes_exactly_its_own_duration()
    {
        var sharing = new SharedBandwidth(2);
        sharing.Start(5, 1, 1_000_000_000_007, [new Demand(0, 0.6)]);
        sharing.Start(17, 2, 333, [new Demand(0, 0.4), new Demand(1, 1)]);
        sharing.TryNext(out var time, out var index);
        Assert.Equal((350, 2), (time, sharing.JobAt(index)));
        sharing.End(time, index);
        sharing.TryNext(out time, out index);
        Assert.Equal((1_000_000_000_012, 1), (time, sharing.JobAt(index)));
    }

    [Fact]
    public void A_slow_copy_takes_only_what_it_needs_and_the_kernel_the_rest()
    {
        // The kernel wants all of the memory, the copy all of its link but a tenth of the memory: the copy must not halve the kernel.
        var sharing = new SharedBandwidth(2);
        sharing.Start(0, 1, 1000, [new Demand(0, 1)]);
        sharing.Start(0, 2, 1000, [new Demand(0, 0.1), new Demand(1, 1)]);
        // Raised together: θ + 0.1·θ = 1.
        Assert.Equal(1 / 1.1, sharing.RateAt(0), 12);
        Assert.Equal(1 / 1.1, sharing.RateAt(1), 12);
        sharing.Start(0, 3, 1000, [new Demand(1, 1)]);
        // The link is halved, which gives the kernel back a part: x + 0.1·0.5 = 1.
        Assert.Equal(0.95, sharing.RateAt(0), 12);
        Assert.Equal(0.5, sharing.RateAt(1), 12);
        Assert.Equal(0.5, sharing.RateAt(2), 12);
    }

    [Fact]
    public void Rates_are_feasible_and_no_job_could_go_faster_without_slowing_one_that_has_less()
    {
        var random = new RandomStreams(2).Stream("fairness");
        for (var trial = 0; trial < 500; trial++)
        {
            var resources = 1 + random.NextInt(4);
            var sharing = new SharedBandwidth(resources);
            var demands = Enumerable.Range(0, 1 + random.NextInt(8)).Select(_ => Enumerable.Range(0, resources)
                .Where(_ => random.NextInt(2) == 0).Select(r => new Demand(r, random.NextInt(3) == 0 ? 1 : random.NextOpenDouble())).ToArray()).ToArray();
            for (var i = 0; i < demands.Length; i++) sharing.Start(0, i, 1000, demands[i]);
            var used = new double[resources];
            for (var i = 0; i < demands.Length; i++)
                foreach (var demand in demands[i]) used[demand.Resource] += demand.Share * sharing.RateAt(i);
            Assert.All(used, u => Assert.InRange(u, 0, 1 + 1e-9));
            for (var i = 0; i < demands.Length; i++)
            {
                Assert.InRange(sharing.RateAt(i), 1e-9, 1);
                if (sharing.RateAt(i) > 1 - 1e-9) continue;
                // Bottleneck property: on some full resource it has the largest dominant share of all its users.
                Assert.Contains(demands[i], mine => used[mine.Resource] > 1 - 1e-9 && Enumerable.Range(0, demands.Length)
                    .Where(j => demands[j].Any(d => d.Resource == mine.Resource)).All(j => Level(j) <= Level(i) + 1e-9));
            }

            double Level(int job) => sharing.RateAt(job) * demands[job].Max(d => d.Share);
        }
    }

    [Fact]
    public void Work_is_conserved_to_one_tick_per_completion()
    {
        var random = new RandomStreams(3).Stream("conservation");
        for (var trial = 0; trial < 50; trial++)
        {
            // A resource that is never idle: the last completion is the total work, plus less than a tick for each completion.
            var sharing = new SharedBandwidth(1);
            long now = 0, work = 0;
            var completions = 0;
            for (var i = 0; i < 100 || sharing.Count > 0;)
            {
                var has = sharing.TryNext(out var time, out var index);
                if (i < 100 && (!has || random.NextInt(2) == 0))
                {
                    now = has ? now + random.NextInt((int)Math.Min(1000, time - now + 1)) : now;
                    var duration = 1 + random.NextInt(5000);
                    work += duration;
                    sharing.Start(now, i++, duration, [new Demand(0, 1)]);
                    continue;
                }

                now = time;
                completions++;
                sharing.End(now, index);
            }

            Assert.InRange(now - work, 0, completions);
        }
    }
}
