using System.Diagnostics;
using LlmSim.Files;
using LlmSim.Graphs.Counting;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Benchmarks;

/// <summary>Reading, importing and binding, 21 rounds after warming up.</summary>
internal static class ImportBenchmark
{
    private const int WarmUp = 20;
    private const int Rounds = 21;

    public static int Run(string[] files)
    {
        foreach (var file in files)
        {
            var errors = new InputErrors();
            if (GraphImport.Read(file, errors) is not { } graph)
            {
                foreach (var error in errors.Items) Console.Error.WriteLine(error);
                return 2;
            }

            Console.WriteLine($"{file}: {graph.FileNodeCount} nodes");
            Report("read", () => OnnxReader.Read(file, errors));
            Report("read and import", () => GraphImport.Read(file, errors));
            Report("bind", () =>
            {
                var bound = graph.Bind(1, 7, 5);
                foreach (var tensor in graph.Tensors) bound.ShapeOf(tensor);
            });
            Report("count", () => LiteralCounting.Of(graph.Bind(1, 7, 5)));
        }

        return 0;
    }

    /// <summary>One import in a fresh process: what a command pays before anything is compiled.</summary>
    public static int RunCold(string[] files)
    {
        var clock = Stopwatch.StartNew();
        var errors = new InputErrors();
        var graph = GraphImport.Read(files[0], errors);
        Console.WriteLine($"{files[0]}: {graph?.FileNodeCount} nodes imported {clock.Elapsed.TotalMilliseconds:F1} ms after Main, processor {Environment.CpuUsage.TotalTime.TotalMilliseconds:F1} ms since the process began");
        return graph is null ? 2 : 0;
    }

    /// <summary>Wall time, and processor time for machines that are busy with other things.</summary>
    private static void Report(string what, Action action)
    {
        for (var i = 0; i < WarmUp; i++) action();
        var times = new double[Rounds];
        var processor = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            var clock = Stopwatch.StartNew();
            action();
            times[i] = clock.Elapsed.TotalMilliseconds;
        }

        processor = Environment.CpuUsage.TotalTime - processor;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(times);
        Console.WriteLine($"  {what,-16} median {times[Rounds / 2]:F2} ms, least {times[0]:F2} ms, processor {processor.TotalMilliseconds / Rounds:F2} ms, {allocated / 1e6 / Rounds:F2} MB allocated");
    }
}
