using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Graphs.Building;

/// <summary>
/// A Hugging Face config.json: the sizes of a model, in the field names of its family. Which fields are needed is for the family to say
/// (<see cref="ModelBuilder"/>); everything else in the file is left unread.
/// </summary>
public sealed class HfConfig
{
    // Real files reach 3 MB (lists of quantised modules).
    private const long LimitBytes = 16 << 20;

    private HfConfig(JsonValue root) => Root = root;

    /// <summary>The file it was read from, for messages.</summary>
    public string File => Root.File;

    /// <summary>Where its figures come from: the file's own "source" member, else the file's name.</summary>
    public string Source => Root.Member("source") is { Kind: JsonValueKind.String } source ? source.Text : Path.GetFileName(File);

    /// <summary>The whole object.</summary>
    internal JsonValue Root { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">File.</param>
    /// <param name="errors">Takes what is wrong with it: absent, too large, no JSON, no object.</param>
    /// <returns>Null when something is wrong.</returns>
    public static HfConfig? Read(string path, InputErrors errors) =>
        JsonText.ReadBytes(path, errors, LimitBytes) is { } bytes ? Parse(path, bytes, errors) : null;

    /// <summary>Parses UTF-8 text.</summary>
    /// <param name="file">Name for messages.</param>
    /// <param name="utf8">JSON.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    /// <returns>Null when something is wrong.</returns>
    public static HfConfig? Parse(string file, ReadOnlySpan<byte> utf8, InputErrors errors)
    {
        var root = JsonText.Parse(file, PythonJson.QuoteNonFinite(utf8), errors);
        if (root is null) return null;
        if (root.Kind == JsonValueKind.Object) return new HfConfig(root);
        root.Report(errors, $"{root.Shown} is not an object", "give a Hugging Face config.json");
        return null;
    }
}
