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

    private static string List(IReadOnlyList<TimeConstants> constants, string indent)
    {
        if (constants.Count == 0) return "[]";
        var text = new StringBuilder("[\n");
        for (var i = 0; i < constants.Count; i++) Append(text, constants[i], indent + "  ", i + 1 < constants.Count ? ",\n" : "\n");
        return text.Append(indent).Append(']').ToString();
    }

    private static void Append(StringBuilder text, TimeConstants c, string indent, string end)
    {
        text.Append(indent).Append("{ \"class\": \"").Append(c.Class).Append('"');
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

        text.Append(" }").Append(end);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
