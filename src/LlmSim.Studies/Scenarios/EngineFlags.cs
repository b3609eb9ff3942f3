using System.Globalization;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Serving.Policies;

namespace LlmSim.Studies.Scenarios;

/// <summary>
/// Lets people write an engine's settings in the engine's own flag names: "--max-num-seqs": 256 in <c>engine</c> becomes "maxSequences": 256.
/// Flags that belong to other sections (tensor parallelism, KV format) go there.
/// </summary>
internal static class EngineFlags
{
    // Flags that all engines of a family know and that set something outside the serving engine's own settings.
    private static readonly Dictionary<string, string> s_elsewhere = new(StringComparer.Ordinal)
    {
        ["gpu-memory-utilization"] = "engine.memoryUtilization",
        ["mem-fraction-static"] = "engine.memoryUtilization",
        ["tensor-parallel-size"] = "machine.tensorParallel",
        ["tp-size"] = "machine.tensorParallel",
        ["pipeline-parallel-size"] = "machine.pipelineParallel",
        ["pp-size"] = "machine.pipelineParallel",
        ["data-parallel-size"] = "replicas",
        ["dp-size"] = "replicas",
        ["kv-cache-dtype"] = "precision.kv",
    };

    /// <summary>The tree with flags in <c>engine</c> replaced by the members they set.</summary>
    public static JsonValue Translate(JsonValue root, InputErrors errors)
    {
        if (root.Member("engine") is not { Kind: JsonValueKind.Object } engine || !engine.Members.Any(m => m.Key.StartsWith("--", StringComparison.Ordinal))) return root;
        var policy = engine.Member("policy")?.Text ?? new Serving.Settings.EngineSettings().Policy;
        var flags = BatchingPolicies.Find(policy)?.Flags ?? new Dictionary<string, string>();
        var kept = engine.Members.Where(m => !m.Key.StartsWith("--", StringComparison.Ordinal)).ToList();
        var moved = new List<(string Path, JsonValue Value)>();
        foreach (var (written, value) in engine.Members.Where(m => m.Key.StartsWith("--", StringComparison.Ordinal)))
        {
            var flag = written[2..].Replace('_', '-').ToLower(CultureInfo.InvariantCulture);
            if (flags.TryGetValue(flag, out var member)) moved.Add(("engine." + member, value));
            else if (s_elsewhere.TryGetValue(flag, out var path)) moved.Add((path, value));
            else value.Report(errors, $"{policy} has no flag {written}", Names.Suggest(flag, [.. flags.Keys, .. s_elsewhere.Keys]));
        }

        root = Reading.JsonEdit.With(root, "engine", Object(engine, kept), errors);
        foreach (var (path, value) in moved)
        {
            // "auto" keeps what the scenario says.
            if (value.Kind == JsonValueKind.String && value.Text == "auto") continue;
            root = Reading.JsonEdit.With(root, path, value, errors);
        }

        return root;
    }

    private static JsonValue Object(JsonValue like, List<KeyValuePair<string, JsonValue>> members) =>
        new() { File = like.File, Line = like.Line, Path = like.Path, Kind = JsonValueKind.Object, Members = members };
}
