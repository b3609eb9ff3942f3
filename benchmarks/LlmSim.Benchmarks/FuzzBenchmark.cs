using System.Diagnostics;
using System.Globalization;
using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Tests.Onnx;

namespace LlmSim.Benchmarks;

/// <summary>What the fuzz test does, a million times, with the slowest and the hungriest case.</summary>
internal static class FuzzBenchmark
{
    public static int Run(string[] arguments)
    {
        var cases = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1_000_000;
        var first = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 0;
        var models = arguments.Length > 2 ? [.. arguments[2..].Select(File.ReadAllBytes)] : FuzzModels.All();
        var clock = Stopwatch.StartNew();
        (TimeSpan Time, int Seed) slowest = default;
        (long Bytes, int Seed) hungriest = default;
        int imported = 0, failed = 0;
        for (var seed = first; seed < first + cases; seed++)
        {
            var bytes = new ModelMutator(seed).Mutate(models[seed % models.Length], models[(seed / 7) % models.Length]);
            var start = clock.Elapsed;
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                if (Import(bytes)) imported++;
            }
            catch (Exception e)
            {
                if (++failed <= 10) Console.Error.WriteLine($"seed {seed}: {e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > hungriest.Bytes) hungriest = (allocated, seed);
            if (clock.Elapsed - start > slowest.Time) slowest = (clock.Elapsed - start, seed);
        }

        Console.WriteLine($"{cases} damaged models in {clock.Elapsed.TotalSeconds:F1} s: {imported} imported, {cases - imported - failed} refused, {failed} failed");
        Console.WriteLine($"slowest {slowest.Time.TotalMilliseconds:F1} ms (seed {slowest.Seed}), most memory {hungriest.Bytes / 1e6:F1} MB allocated (seed {hungriest.Seed})");
        return failed == 0 ? 0 : 1;
    }

    private static bool Import(byte[] bytes)
    {
        var errors = new InputErrors();
        var model = OnnxReader.Read(bytes, "fuzz.onnx", errors);
        if (model is null || errors.Any) return false;
        if (GraphImport.From(model, "fuzz.onnx", errors) is not { } graph)
            return errors.Any ? false : throw new InvalidOperationException("neither a graph nor an error");
        var bound = graph.Bind(2, 3, 5);
        foreach (var tensor in graph.Tensors) bound.ShapeOf(tensor);
        return true;
    }
}
