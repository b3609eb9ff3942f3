using FsCheck;
using FsCheck.Fluent;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Tests.Metrics;

/// <summary>Curves of several replicas together, against asking each replica at each moment.</summary>
public sealed class ReplicasOverTimeTests
{
    private static readonly Gen<IterationSpan[]> s_replica =
        from count in Gen.Choose(0, 12)
        from lengths in Gen.Choose(1, 4).ArrayOf(count)
        from pauses in Gen.Elements(0, 0, 0, 1, 3).ArrayOf(count)
        from values in Gen.Choose(0, 9).ArrayOf(3 * count)
        select Spans(lengths, pauses, values);

    [Fact]
    public void Sums_are_those_of_the_replicas_at_every_moment() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Arb.From(from count in Gen.Choose(1, 4) from replicas in s_replica.ArrayOf(count) select replicas),
        replicas =>
        {
            int[] blockTokens = [.. replicas.Select((_, i) => 16 << i)];
            var (seconds, sums) = ReplicasOverTime.Sums(replicas, blockTokens, int.MaxValue / 2);
            Assert.Equal(seconds.Order().Distinct(), seconds);
            for (var at = 0; at < 100; at++)
            {
                var place = Array.FindLastIndex(seconds, s => s <= at / 1e9);
                var now = replicas.Select(r => Array.FindIndex(r, s => s.StartNanoseconds <= at && at < s.EndNanoseconds)).ToList();
                long Sum(Func<IterationSpan, int, long> of) => replicas.Select((r, i) => now[i] < 0 ? 0 : of(r[now[i]], i)).Sum();
                Assert.Equal(new Held(Sum((s, _) => s.MaxRunning), Sum((s, _) => s.MaxWaiting), Sum((s, i) => s.MaxKvBlocks * blockTokens[i])), place < 0 ? default : sums[place]);
            }
        }));

    [Fact]
    public void Thinning_keeps_the_highest_values() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Arb.From(from replicas in s_replica.ArrayOf(3) from most in Gen.Choose(1, 7) select (replicas, most)),
        q =>
        {
            var (_, all) = ReplicasOverTime.Sums(q.replicas, [16, 16, 16], int.MaxValue / 2);
            var (seconds, thin) = ReplicasOverTime.Sums(q.replicas, [16, 16, 16], q.most);
            Assert.True(thin.Length <= q.most && seconds.Length == thin.Length);
            Assert.Equal(all.Aggregate(default(Held), (a, b) => a.Most(b)), thin.Aggregate(default(Held), (a, b) => a.Most(b)));
        }));

    [Fact]
    public void Rates_over_all_stretches_are_the_amounts() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Arb.From(from replicas in s_replica.ArrayOf(2) from stretches in Gen.Choose(1, 20) select (replicas, stretches)),
        q =>
        {
            var (from, to) = (0L, q.replicas.SelectMany(r => r).Select(s => s.EndNanoseconds).DefaultIfEmpty(0).Max());
            var (seconds, rates) = ReplicasOverTime.Rates(q.replicas, from, to, q.stretches, s => s.DecodeTokens);
            Assert.True(seconds.Length <= q.stretches);
            var stretch = seconds.Length > 1 ? seconds[1] - seconds[0] : (to - from) / 1e9;
            for (var r = 0; r < rates.Length; r++) Assert.Equal(q.replicas[r].Sum(s => s.DecodeTokens), rates[r].Sum() * stretch, 6);
        }));

    [Fact]
    public void Of_batches_in_flight_the_last_that_began_tells_of_the_replica()
    {
        IterationSpan Span(long start, long end, int running) => Spans([1], [0], [running, 0, 0])[0] with { StartNanoseconds = start, EndNanoseconds = end };
        var (seconds, sums) = ReplicasOverTime.Sums([[Span(0, 10, 4), Span(5, 15, 6), Span(10, 12, 5)]], [16], 100);
        Assert.Equal([0, 5e-9, 10e-9, 12e-9, 15e-9], seconds);
        Assert.Equal([4, 6, 5, 5, 0], sums.Select(s => (int)s.Running));
    }

    private static IterationSpan[] Spans(int[] lengths, int[] pauses, int[] values)
    {
        var spans = new IterationSpan[lengths.Length];
        var at = 0L;
        for (var i = 0; i < spans.Length; i++)
        {
            at += pauses[i];
            spans[i] = new IterationSpan
            {
                Replica = 0,
                StartNanoseconds = at,
                EndNanoseconds = at + lengths[i],
                BusyNanoseconds = lengths[i],
                Iterations = 1,
                PrefillTokens = 0,
                PrefillSequences = 0,
                DecodeTokens = values[3 * i],
                MaxBatch = 1,
                MaxRunning = values[3 * i],
                MaxWaiting = values[3 * i + 1],
                MaxKvBlocks = values[3 * i + 2],
                Preempted = 0,
            };
            at += lengths[i];
        }

        return spans;
    }
}
