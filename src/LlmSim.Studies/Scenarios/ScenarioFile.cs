using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>A scenario file as it was read: the scenario, the text it came from, and the values that were set over it.</summary>
public sealed class ScenarioFile
{
    private ScenarioFile(string path, JsonValue root, Scenario scenario, IReadOnlyList<string> notes)
    {
        Path = path;
        Root = root;
        Scenario = scenario;
        Notes = notes;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its content, with what was set over it.</summary>
    public JsonValue Root { get; }

    /// <summary>The scenario, checked.</summary>
    public Scenario Scenario { get; }

    /// <summary>What gave way to what was set over the file, a sentence each, for people.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The file's name without folder and ending.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>Reads a scenario file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Values set over it, "path=value", in order.</param>
    /// <exception cref="InputException">Anything is wrong; carries every error.</exception>
    public static ScenarioFile Load(string path, IEnumerable<string>? overrides = null)
    {
        var errors = new InputErrors();
        var root = JsonText.Read(path, errors);
        errors.ThrowIfAny();
        return Parse(path, root!, overrides);
    }

    /// <summary>Reads a scenario from parsed JSON.</summary>
    /// <exception cref="InputException">Anything is wrong; carries every error.</exception>
    public static ScenarioFile Parse(string path, JsonValue root, IEnumerable<string>? overrides = null)
    {
        var errors = new InputErrors();
        var set = new List<string>();
        foreach (var text in overrides ?? [])
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) errors.Add("--set", 0, text, "has no \"=\"", "write --set workload.arrivals.rate=4");
            else
            {
                set.Add(text[..equals].Trim());
                root = JsonEdit.With(root, set[^1], JsonEdit.Value(text[(equals + 1)..].Trim(), "--set", errors), errors);
            }
        }

        var notes = new List<string>();
        root = TraceOverride.Apply(root, set, notes, errors);
        var scenario = Read(root, errors);
        errors.ThrowIfAny();
        return new ScenarioFile(path, root, scenario, notes);
    }

    /// <summary>The same file with other values at some paths: one point of a study.</summary>
    /// <exception cref="InputException">A path or a value is wrong; carries every error.</exception>
    public ScenarioFile With(IEnumerable<KeyValuePair<string, JsonValue>> values)
    {
        var errors = new InputErrors();
        var root = Root;
        foreach (var (path, value) in values) root = JsonEdit.With(root, path, value, errors);
        var scenario = Read(root, errors);
        errors.ThrowIfAny();
        return new ScenarioFile(Path, root, scenario, Notes);
    }

    private static Scenario Read(JsonValue root, InputErrors errors)
    {
        root = GroupDefaults.Inherit(EngineFlags.Translate(root, errors));
        var scenario = RecordReader.Read<Scenario>(root, errors);
        if (root.Kind == JsonValueKind.Object) ScenarioChecks.Check(scenario, root, errors);
        return scenario;
    }
}
