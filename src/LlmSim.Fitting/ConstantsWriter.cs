using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting;

/// <summary>
/// Writes fitted constants into hardware files: the member <c>timeConstants</c> is replaced or appended, everything else stays as people wrote it.
/// The same constants give the same bytes.
/// </summary>
public static class ConstantsWriter
{
    private const string Member = "timeConstants";

    /// <summary>Replaces the constants in one hardware file.</summary>
    public static void WriteDevice(string path, IReadOnlyList<TimeConstants> constants)
    {
        var text = File.ReadAllText(path);
        AtomicFile.WriteText(path, Replaced(text, List(constants, "  ")));
    }

    /// <summary>
    /// Replaces some constants in one hardware file. Others stay letter for letter, unread: a formula that has changed since cannot read its old constants.
    /// </summary>
    /// <param name="path">The hardware file.</param>
    /// <param name="constants">The new constants.</param>
    /// <param name="order">Everything the file may hold, in the order to be written; what is not among it is dropped.</param>
    public static void MergeDevice(string path, IReadOnlyList<TimeConstants> constants, IReadOnlyList<FitTarget> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var text = File.ReadAllText(path);
        var entries = Entries(text);
        foreach (var c in constants) entries[Key(c.Class, c.Format?.Name(), c.Kernels)] = Entry(c, "    ");
        var kept = order.Select(t => entries.GetValueOrDefault(Key(t.Class.Name, t.Format?.Name(), t.Kernels))).OfType<string>();
        AtomicFile.WriteText(path, Replaced(text, List([.. kept], "  ")));
    }

    private static string Key(string kind, string? format, string kernels) => $"{kind} {format} {kernels}";

    // The constants that a file holds, as they are written in it.
    private static Dictionary<string, string> Entries(string text)
    {
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!document.RootElement.TryGetProperty(Member, out var list)) return entries;
        foreach (var entry in list.EnumerateArray())
        {
            var key = Key(entry.GetProperty("class").GetString()!, Text(entry, "format"), Text(entry, "kernels") ?? "");
            entries[key] = entry.GetRawText();
        }

        return entries;

        static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    /// <summary>Writes the constants that other devices may borrow.</summary>
    /// <param name="hardwareFolder">The folder of hardware files.</param>
    /// <param name="byArchitecture">Constants by architecture, "any" for the medians of all, in the order to be written.</param>
    public static void WriteUnfitted(string hardwareFolder, IReadOnlyList<KeyValuePair<string, IReadOnlyList<TimeConstants>>> byArchitecture)
    {
        ArgumentNullException.ThrowIfNull(byArchitecture);
        var text = new StringBuilder("// Constants for devices that nobody measured, written by the fit: medians over the devices that were, power-limited and consumer parts left out.\n{\n");
        for (var i = 0; i < byArchitecture.Count; i++)
        {
            text.Append("  \"").Append(byArchitecture[i].Key).Append("\": ").Append(List(byArchitecture[i].Value, "  "));
            text.Append(i + 1 < byArchitecture.Count ? ",\n" : "\n");
        }

        AtomicFile.WriteText(UnfittedConstants.PathIn(hardwareFolder), text.Append("}\n").ToString());
    }

    /// <summary>The text with its top-level <c>timeConstants</c> replaced, or appended when it has none.</summary>
    internal static string Replaced(string text, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        long lastEnd = 0;
        while (reader.Read())
        {
            if (reader.CurrentDepth == 0 && reader.TokenType == JsonTokenType.EndObject) break;
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
            {
                lastEnd = reader.BytesConsumed;
                continue;
            }

            var found = reader.ValueTextEquals(Member);
            reader.Read();
            var start = reader.TokenStartIndex;
            reader.Skip();
            lastEnd = reader.BytesConsumed;
            if (found) return Text(bytes, 0, start) + value + Text(bytes, lastEnd, bytes.Length);
        }

        return Text(bytes, 0, lastEnd) + ",\n  \"" + Member + "\": " + value + Text(bytes, lastEnd, bytes.Length).TrimStart(',');
    }

    private static string Text(byte[] bytes, long from, long to) => Encoding.UTF8.GetString(bytes, (int)from, (int)(to - from));

    private static string List(IReadOnlyList<TimeConstants> constants, string indent) => List([.. constants.Select(c => Entry(c, indent + "  "))], indent);

    private static string List(IReadOnlyList<string> entries, string indent) =>
        entries.Count == 0 ? "[]" : $"[\n{string.Join(",\n", entries.Select(e => indent + "  " + e))}\n{indent}]";

    // One set of constants; its first line is not indented.
    private static string Entry(TimeConstants c, string indent)
    {
        var text = new StringBuilder("{ \"class\": \"").Append(c.Class).Append('"');
        if (c.Format is { } format) text.Append(", \"format\": \"").Append(format.Name()).Append('"');
        if (c.Kernels.Length > 0) text.Append(", \"kernels\": \"").Append(c.Kernels).Append('"');
        text.Append(", \"source\": \"").Append(c.Source.ToString().ToLowerInvariant()).Append("\",\n");
        text.Append(indent).Append("  \"fittedOn\": ").Append(JsonSerializer.Serialize(c.FittedOn));
        text.Append(", \"points\": ").Append(c.Points).Append(", \"heldOutError\": ").Append(Number(c.HeldOutError, "F4")).Append(",\n");
        var order = OperatorClasses.Find(c.Class)!.Constants;
        var values = order.Where(s => c.Values.ContainsKey(s.Name)).Select(s => $"\"{s.Name}\": {Number(c.Values[s.Name], "G5")}");
        text.Append(indent).Append("  \"values\": { ").AppendJoin(", ", values).Append(" }");
        if (c.Measured.Count > 0)
        {
            var sizes = c.Measured.Select(s => $"\"{s.Name}\": [{Number(s.Range.Low, "G6")}, {Number(s.Range.High, "G9")}]");
            text.Append(",\n").Append(indent).Append("  \"measured\": { ").AppendJoin(", ", sizes).Append(" }");
        }

        return text.Append(" }").ToString();
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
