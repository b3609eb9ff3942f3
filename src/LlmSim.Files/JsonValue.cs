using System.Text.Json;

namespace LlmSim.Files;

/// <summary>A JSON value that knows its place, so that an error can name it.</summary>
public sealed class JsonValue
{
    /// <summary>The file it was read from.</summary>
    public required string File { get; init; }

    /// <summary>Line where it begins, from 1; 0 when it came from the command line.</summary>
    public int Line { get; init; }

    /// <summary>Members from the root to here: "machine.tensorParallel", "axes[0]"; empty for the root.</summary>
    public string Path { get; init; } = "";

    /// <summary>Object, Array, String, Number, True, False or Null.</summary>
    public JsonValueKind Kind { get; init; }

    /// <summary>Text of a string; of a number as written; else empty.</summary>
    public string Text { get; init; } = "";

    /// <summary>Value of a number; NaN for anything else.</summary>
    public double Number { get; init; } = double.NaN;

    /// <summary>Members of an object in file order, names unique.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonValue>> Members { get; init; } = [];

    /// <summary>Items of an array.</summary>
    public IReadOnlyList<JsonValue> Items { get; init; } = [];

    /// <summary>The member of that name, or null.</summary>
    public JsonValue? Member(string name)
    {
        foreach (var (key, value) in Members)
            if (key == name) return value;
        return null;
    }

    /// <summary>The value as a person would write it, shortened, for messages.</summary>
    public string Shown => Kind switch
    {
        JsonValueKind.String => "\"" + (Text.Length > 60 ? Text[..57] + "..." : Text) + "\"",
        JsonValueKind.Number => Text,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "null",
        JsonValueKind.Array => $"a list of {Items.Count}",
        _ => "an object",
    };

    /// <summary>Adds an error about this value.</summary>
    public void Report(InputErrors errors, string problem, string remedy = "") => errors.Add(File, Line, Path, problem, remedy);
}
