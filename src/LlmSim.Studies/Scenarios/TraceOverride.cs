using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>A recorded trace that is set over a synthetic load takes its whole place: one <c>--set workload.trace=conv.csv</c> is enough.</summary>
internal static class TraceOverride
{
    private const string Trace = "workload.trace";
    private static readonly string[] s_synthetic = ["arrivals", "lengths", "prefixes", "requests"];

    /// <summary>The tree without the synthetic load, where a trace was set over it; what was itself set on the command line stays, and is checked as usual.</summary>
    /// <param name="root">The scenario with everything set over it.</param>
    /// <param name="set">Paths that were set.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static JsonValue Apply(JsonValue root, IReadOnlyCollection<string> set, InputErrors errors)
    {
        var workload = root.Member("workload");
        if (!set.Contains(Trace) || workload?.Member("trace") is not { Kind: JsonValueKind.String }) return root;
        foreach (var name in s_synthetic)
        {
            var path = "workload." + name;
            if (workload.Member(name) is null || set.Any(s => s == path || s.StartsWith(path + ".", StringComparison.Ordinal))) continue;
            root = JsonEdit.With(root, path, new JsonValue { File = "--set", Kind = JsonValueKind.Null }, errors);
        }

        // An axis over the load that is gone has nothing to vary.
        if (root.Member("axes") is not { Kind: JsonValueKind.Object } axes || set.Contains("axes")) return root;
        var kept = axes.Members.Where(m => !s_synthetic.Any(n => m.Key.StartsWith($"workload.{n}", StringComparison.Ordinal))).ToList();
        return kept.Count == axes.Members.Count
            ? root
            : JsonEdit.With(
                root, "axes", new JsonValue { File = axes.File, Line = axes.Line, Kind = kept.Count > 0 ? JsonValueKind.Object : JsonValueKind.Null, Members = kept }, errors);
    }
}
