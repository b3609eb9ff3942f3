using System.Globalization;
using LlmSim.Kernel.Chance;
using LlmSim.Kernel.Events;

namespace LlmSim.Benchmarks;

/// <summary>Events per second at a constant number of pending ones, beside .NET's PriorityQueue: take the first, schedule another after it.</summary>
internal static class KernelBenchmark
{
    private const int Events = 2_000_000;
    private const int Rounds = 8;

    public static int Run(string[] arguments)
    {
        Console.WriteLine("pending   event queue   with a cancelled event each   PriorityQueue (million events per second of processor time, best of 8 in turns)");
        foreach (var pending in new[] { 16, 1_000, 100_000 })
        {
            // In turns, so that what else the machine does falls on all alike.
            Action[] contenders = [() => Own(pending, cancel: false), () => Own(pending, cancel: true), () => Theirs(pending)];
            var best = new double[contenders.Length];
            for (var round = 0; round < Rounds; round++)
                for (var c = 0; c < contenders.Length; c++) best[c] = Math.Max(best[c], Rate(contenders[c]));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pending,7}{best[0],14:0.0}{best[1],30:0.0}{best[2],16:0.0}"));
        }

        return 0;
    }

    /// <summary>Million events per second of processor time.</summary>
    private static double Rate(Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        action();
        return Events / (Environment.CpuUsage.TotalTime - before).TotalSeconds / 1e6;
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
