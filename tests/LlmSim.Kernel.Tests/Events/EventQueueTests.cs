using LlmSim.Kernel.Chance;
using LlmSim.Kernel.Events;

namespace LlmSim.Kernel.Tests.Events;

public class EventQueueTests
{
    [Theory]
    [InlineData(1, 2_000, 20)]
    [InlineData(2, 20_000, 5)]
    [InlineData(3, 20_000, 1_000_000)]
    [InlineData(4, 10_000, 1)]
    public void Behaves_as_a_sorted_list_under_random_scheduling_taking_and_cancelling(ulong seed, int steps, int times)
    {
        var random = new RandomStreams(seed).Stream("queue");
        var queue = new EventQueue<int>(1);
        var plain = new SortedDictionary<(long Time, int Priority, int Insertion), EventHandle>();
        for (var i = 0; i < steps; i++)
        {
            // Grows in the first half and shrinks in the second, so that rebuilding after many cancellations is reached.
            var choice = random.NextInt(10);
            if (choice < (i < steps / 2 ? 6 : 3))
            {
                var time = random.NextInt(times);
                var priority = random.NextInt(3) - 1;
                plain.Add((time, priority, i), queue.Schedule(time, i, priority));
            }
            else if (choice < 8 && plain.Count > 0)
            {
                var victim = plain.ElementAt(random.NextInt(Math.Min(plain.Count, 50)));
                plain.Remove(victim.Key);
                Assert.True(queue.Cancel(victim.Value));
                Assert.False(queue.Cancel(victim.Value));
            }
            else
            {
                Assert.Equal(plain.Count > 0, queue.TryPeek(out var peeked));
                if (!queue.TryTake(out var time, out var item)) continue;
                var (first, handle) = plain.First();
                Assert.Equal((first.Time, first.Insertion), (time, item));
                Assert.Equal(time, peeked);
                Assert.False(queue.Cancel(handle));
                plain.Remove(first);
            }

            Assert.Equal(plain.Count, queue.Count);
        }

        foreach (var (key, _) in plain)
        {
            Assert.True(queue.TryTake(out _, out var item));
            Assert.Equal(key.Insertion, item);
        }

        Assert.False(queue.TryTake(out _, out _));
    }

    [Theory]
    [InlineData(7, 1 << 20)]
    [InlineData(8, 50)]
    public void Many_pending_events_come_as_from_a_priority_queue_with_the_same_order(ulong seed, int span)
    {
        var random = new RandomStream(seed);
        var queue = new EventQueue<int>();
        var plain = new PriorityQueue<int, (long Time, int Priority, int Insertion)>();
        var insertion = 0;
        void Schedule(long now)
        {
            var (time, priority) = (now + (long)(random.NextUInt64() % (ulong)span) - span / 8, random.NextInt(5) - 2);
            queue.Schedule(time, insertion, priority);
            plain.Enqueue(insertion, (time, priority, insertion++));
        }

        for (var i = 0; i < 30_000; i++) Schedule(0);
        for (var i = 0; i < 60_000; i++)
        {
            Assert.True(queue.TryTake(out var time, out var item));
            Assert.True(plain.TryDequeue(out var expected, out var key));
            Assert.Equal((key.Time, expected), (time, item));
            if (i < 40_000) Schedule(time);
            if (queue.Count == 0) break;
        }
    }

    [Fact]
    public void Times_at_both_ends_of_the_range_are_in_order()
    {
        var queue = new EventQueue<int>();
        long[] times = [long.MaxValue, 0, long.MinValue, -1, long.MaxValue - 1, long.MinValue + 1, 1];
        for (var i = 0; i < 40; i++) queue.Schedule(times[i % times.Length], i);
        var taken = new List<long>();
        while (queue.TryTake(out var time, out _)) taken.Add(time);
        Assert.Equal(taken.Order(), taken);
    }

    [Fact]
    public void The_default_handle_names_no_event()
    {
        var queue = new EventQueue<int>();
        queue.Schedule(1, 1);
        Assert.False(queue.Cancel(default));
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void Nothing_is_allocated_once_the_arrays_have_grown()
    {
        var queue = new EventQueue<int>();
        Churn(queue, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Churn(queue, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Churn(EventQueue<int> queue, int count)
        {
            for (var i = 0; i < count; i++)
            {
                var handle = queue.Schedule(i, i);
                if (i % 3 == 0) queue.Cancel(handle);
            }

            while (queue.TryTake(out _, out _))
            {
            }
        }
    }

    [Fact]
    public void Cancelled_events_do_not_keep_memory()
    {
        // A timeout that is set and cancelled over and over beside one event that stays: a heap that kept dead keys would grow without bound.
        var queue = new EventQueue<int>();
        queue.Schedule(long.MaxValue, 0);
        for (var i = 0; i < 1000; i++) queue.Cancel(queue.Schedule(1_000_000, i));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100_000; i++) queue.Cancel(queue.Schedule(1_000_000, i));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
