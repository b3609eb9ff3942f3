namespace LlmSim.Benchmarks;

/// <summary>Measurements that the tests do not make. To add one: a file with a static method, and a line in the table.</summary>
internal static class Program
{
    private static readonly (string Name, string Arguments, string Purpose, Func<string[], int> Run)[] Benchmarks =
    [
        ("fuzz", "[CASES [SEED [FILE...]]]", "damaged ONNX files: crashes, time and memory (a million by default)", FuzzBenchmark.Run),
        ("import", "FILE...", "time to import ONNX files, warm", ImportBenchmark.Run),
        ("import-cold", "FILE", "time of the first import of a process", ImportBenchmark.RunCold),
        ("import-large", "[GIGABYTES]", "time and memory to import a file with that much embedded weights (2 by default)", LargeFileBenchmark.Run),
        ("kernel", "", "events per second beside .NET's PriorityQueue", KernelBenchmark.Run),
        ("pass", "", "step costs, schedule and timeline of a 70B pass with 8-way tensor parallel", PassBenchmark.Run),
        ("study", "SCENARIO [REQUESTS]", "a study on one worker and on all cores: parallel efficiency", StudyBenchmark.Run),
        ("serving", "[AZURE-TRACE]", "serving engine: pure decode, every policy on a trace, a million requests", ServingBenchmark.Run),
    ];

    private static int Main(string[] arguments)
    {
        foreach (var (name, _, _, run) in Benchmarks)
            if (arguments.Length > 0 && arguments[0] == name) return run(arguments[1..]);
        foreach (var (name, usage, purpose, _) in Benchmarks) Console.Error.WriteLine($"{name,-14}{usage,-28}{purpose}");
        return 2;
    }
}
