using System.Globalization;
using LlmSim.Kernel.Chance;
using LlmSim.Kernel.Events;

namespace LlmSim.Benchmarks;

/// <summary>Events per second at a constant number of pending ones, beside .NET's PriorityQueue: take the first, schedule another after it.</summary>
internal static class KernelBenchmark
{
    private const int Events = 4_000_000;
    private const int Rounds = 5;

    public static int Run(string[] arguments)
    {
        Console.WriteLine("pending   event queue   with a cancelled event each   PriorityQueue (million events per second of processor time, best of 5)");
        foreach (var pending in new[] { 16, 1_000, 100_000 })
        {
            var own = Best(() => Own(pending, cancel: false));
            var cancelling = Best(() => Own(pending, cancel: true));
            var theirs = Best(() => Theirs(pending));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pending,7}{own,14:0.0}{cancelling,30:0.0}{theirs,16:0.0}"));
        }

        return 0;
    }

    private static double Best(Action action)
    {
        action();
        var best = 0.0;
        for (var i = 0; i < Rounds; i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            action();
            best = Math.Max(best, Events / (Environment.CpuUsage.TotalTime - before).TotalSeconds / 1e6);
        }

        return best;
    }

    private static void Own(int pending, bool cancel)
    {
        var random = new RandomStream(1);
        var queue = new EventQueue<int>(pending + 1);
        for (var i = 0; i < pending; i++) queue.Schedule((long)(random.NextUInt64() >> 44), i);
        for (var i = 0; i < Events; i++)
        {
            queue.TryTake(out var time, out var item);
            queue.Schedule(time + (long)(random.NextUInt64() >> 44), item);
            if (cancel) queue.Cancel(queue.Schedule(time + (long)(random.NextUInt64() >> 44), item));
        }
    }

    private static void Theirs(int pending)
    {
        var random = new RandomStream(1);
        // The same total order: time, then insertion.
        var queue = new PriorityQueue<int, (long Time, long Insertion)>(pending + 1);
        long insertion = 0;
        for (var i = 0; i < pending; i++) queue.Enqueue(i, ((long)(random.NextUInt64() >> 44), insertion++));
        for (var i = 0; i < Events; i++)
        {
            queue.TryDequeue(out var item, out var key);
            queue.Enqueue(item, (key.Time + (long)(random.NextUInt64() >> 44), insertion++));
        }
    }
}
