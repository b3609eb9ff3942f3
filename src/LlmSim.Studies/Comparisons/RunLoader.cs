using LlmSim.Files;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Comparisons;

/// <summary>Finds out what a path holds and reads it as a run.</summary>
public static class RunLoader
{
    /// <summary>
    /// Reads a run: a folder that <c>run</c> wrote; a measured requests.csv in the same columns; the JSON of vLLM's serving benchmark; or the
    /// per-request JSON lines of an instrumented vLLM.
    /// </summary>
    /// <exception cref="InputException">The path holds none of these.</exception>
    public static ComparedRun Load(string path)
    {
        if (Directory.Exists(path))
        {
            var file = Path.Combine(path, "summary.json");
            if (!File.Exists(file)) throw new InputException(new InputError(path, 0, "", "holds no summary.json", "name a folder that \"llmsim run\" wrote"));
            var requests = Path.Combine(path, "requests.csv");
            return new ComparedRun(
                Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))), false, SummaryJson.Read(file, ReadAll(file)),
                File.Exists(requests) ? MeasuredRequests.ReadCsv(requests) : []);
        }

        var name = Path.GetFileNameWithoutExtension(path);
        if (path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)) return Measured(name, MeasuredRequests.ReadJsonLines(path));
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return VllmBenchmark.Load(name, path, ReadAll(path));
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) return Measured(name, MeasuredRequests.ReadCsv(path));
        throw new InputException(new InputError(path, 0, "", File.Exists(path) ? "is not known as a run" : "no such file or folder", "name a run's folder, a requests.csv, or a vLLM benchmark's .json"));
    }

    private static ComparedRun Measured(string name, RequestRow[] rows) =>
        new(name, true, MeasuredSummary.Of(rows), rows);

    private static byte[] ReadAll(string path)
    {
        const long limit = 1 << 28;
        var errors = new InputErrors();
        var bytes = JsonText.ReadBytes(path, errors, limit);
        errors.ThrowIfAny();
        return bytes!;
    }
}
