using System.Globalization;

namespace LlmSim.Files;

/// <summary>One way to write a CSV field (RFC 4180), numbers in the invariant culture and round-trippable.</summary>
public static class CsvText
{
    /// <summary>A text as a field: quoted where a comma, quote or line break demands it.</summary>
    public static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>A number as a field; empty when it is not finite, so that readers see a missing value.</summary>
    public static string Field(double number) => double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "";

    /// <summary>Fields joined to a line without its end.</summary>
    public static string Line(IEnumerable<string> fields) => string.Join(',', fields);
}
