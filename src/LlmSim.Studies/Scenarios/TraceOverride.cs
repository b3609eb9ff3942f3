using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Scenarios.Reading;
using LlmSim.Workloads.Traces;

namespace LlmSim.Studies.Scenarios;

/// <summary>
/// A recorded trace that is set over a scenario takes the place of what it replaces: one <c>--set workload.trace=conv.csv</c> is enough. That is the whole
/// synthetic load; of a file that records lengths and no times, only the lengths; in a study of forward passes, the passes.
/// </summary>
internal static class TraceOverride
{
    private const string Trace = "workload.trace", Batch = "pass.batch", Seats = "engine.maxSequences";
    private static readonly string[] s_synthetic = ["arrivals", "lengths", "prefixes", "requests"];

    /// <summary>The tree without what the trace replaces; what was itself set on the command line stays, and is checked as usual.</summary>
    /// <param name="root">The scenario with everything set over it.</param>
    /// <param name="set">Paths that were set.</param>
    /// <param name="notes">Takes what gave way to the trace, for people.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static JsonValue Apply(JsonValue root, IReadOnlyCollection<string> set, ICollection<string> notes, InputErrors errors)
    {
        if (!set.Contains(Trace) || root.Member("workload") is not { } workload || workload.Member("trace") is not { Kind: JsonValueKind.String } trace) return root;
        bool IsSet(string path) => set.Any(s => s == path || s.StartsWith(path + ".", StringComparison.Ordinal));
        if (workload.Member("arrivals") is not null && !IsSet("workload.lengths") && HasNoTimes(trace.Text)) return WithLengths(root, trace, notes, errors);

        var gone = s_synthetic.Where(n => workload.Member(n) is { Kind: not JsonValueKind.Null } && !IsSet("workload." + n)).Select(n => "workload." + n).ToList();
        if (root.Member("pass") is { Kind: not JsonValueKind.Null } && !IsSet("pass")) gone.Add("pass");
        foreach (var path in gone) root = JsonEdit.With(root, path, Nothing, errors);
        List<string> words = [.. gone.Select(p => p == "workload.arrivals" ? $"{p} ({workload.Member("arrivals")!.Member("kind")?.Text})" : p)];

        // An axis over what is gone has nothing to vary; a batch of passes is what an engine's seats are to requests.
        if (!set.Contains("axes"))
        {
            string? Renamed(string axis) =>
                axis == Batch && gone.Contains("pass") ? Seats
                : gone.Any(g => axis == g || axis.StartsWith(g + ".", StringComparison.Ordinal) || axis.StartsWith(g + "[", StringComparison.Ordinal)) ? null : axis;
            if (root.Member("axes") is { Kind: JsonValueKind.Object } axes && axes.Members.Any(m => Renamed(m.Key) != m.Key))
            {
                words.AddRange(axes.Members.Where(m => Renamed(m.Key) is null).Select(m => "the axis over " + m.Key));
                if (axes.Member(Batch) is not null && Renamed(Batch) == Seats) words.Add($"the axis over {Batch}, which is now over {Seats}");
                foreach (var (path, value) in AxesEdit.Without(root, Renamed)) root = JsonEdit.With(root, path, value, errors);
            }
        }

        if (words.Count > 0) notes.Add($"the trace takes the place of {string.Join(", ", words)}");
        return root;
    }

    private static JsonValue Nothing => new() { File = "--set", Kind = JsonValueKind.Null };

    private static JsonValue WithLengths(JsonValue root, JsonValue trace, ICollection<string> notes, InputErrors errors)
    {
        var lengths = new JsonValue
        {
            File = trace.File,
            Line = trace.Line,
            Kind = JsonValueKind.Object,
            Members = [new("kind", new JsonValue { File = trace.File, Line = trace.Line, Kind = JsonValueKind.String, Text = "file" }), new("path", trace)],
        };
        notes.Add("the file records lengths and no times: it takes the place of workload.lengths, and workload.arrivals stays");
        return JsonEdit.With(JsonEdit.With(root, Trace, Nothing, errors), "workload.lengths", lengths, errors);
    }

    /// <summary>Whether a file records lengths only; a file that cannot be read is told where it is used.</summary>
    private static bool HasNoTimes(string path)
    {
        try
        {
            using var reader = TraceReader.Open(path, new TraceOptions());
            return !reader.HasTimes;
        }
        catch (InputException)
        {
            return false;
        }
    }
}
