using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmSim.Files;

/// <summary>
/// Writes JSON, one way everywhere: the same bytes on every system, letters as they are rather than as escapes, and null for a number that is not known or
/// not defined, as JSON has no infinity and no NaN.
/// </summary>
public static class JsonOutput
{
    /// <summary>A writer on a stream.</summary>
    public static Utf8JsonWriter To(Stream stream, bool indented = true) =>
        new(stream, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The bytes of a document.</summary>
    public static byte[] Bytes(Action<Utf8JsonWriter> write, bool indented = true)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var stream = new MemoryStream();
        using (var json = To(stream, indented)) write(json);
        return stream.ToArray();
    }

    /// <summary>The text of a document, without a line break at its end.</summary>
    public static string Text(Action<Utf8JsonWriter> write, bool indented = true) => Encoding.UTF8.GetString(Bytes(write, indented));

    /// <summary>Writes a member whose value is a number, or null where it is not finite.</summary>
    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, double value)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>Writes a member whose value is a list of texts.</summary>
    public static void WriteTexts(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(texts);
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
