using FsCheck;
using FsCheck.Fluent;
using LlmSim.Serving.Clusters;

namespace LlmSim.Serving.Tests.Clusters;

public class LeastOfTests
{
    [Fact]
    public void The_least_is_what_a_plain_scan_finds() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Arb.From(
            from count in Gen.Choose(1, 20)
            from changes in (from thing in Gen.Choose(0, count - 1) from key in Gen.Frequency((9, Gen.Choose(0, 12).Select(k => (long)k)), (1, Gen.Constant(long.MaxValue))) select (thing, key)).ListOf()
            select (count, changes)),
        q =>
        {
            var keys = Enumerable.Repeat(long.MaxValue, q.count).ToArray();
            var least = new LeastOf(q.count, long.MaxValue);
            foreach (var (thing, key) in q.changes)
            {
                least.Set(thing, key);
                keys[thing] = key;
                var first = Array.IndexOf(keys, keys.Min());
                Assert.Equal((first, keys[first], keys.Where((_, i) => i != first).DefaultIfEmpty(long.MaxValue).Min()), (least.First, least.Key, least.NextKey));
            }
        }));

    [Fact]
    public void Touched_replicas_come_in_order_and_once()
    {
        var touched = new Touched(5);
        foreach (var replica in new[] { 4, 1, 4, 0, 1 }) touched.Mark(replica);
        Assert.Equal([0, 1, 4], touched.InOrder());
        touched.Clear();
        Assert.Empty(touched.InOrder());
        touched.Mark(4);
        Assert.Equal([4], touched.InOrder());
    }
}
