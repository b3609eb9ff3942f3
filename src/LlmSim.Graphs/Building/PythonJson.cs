namespace LlmSim.Graphs.Building;

/// <summary>
/// Python writes NaN, Infinity and -Infinity into JSON, which knows no such numbers, and published configurations contain them (in fields that nobody
/// here needs).
/// </summary>
internal static class PythonJson
{
    /// <summary>The text with those words in quotes, so that it parses, and so that a needed field that holds one is refused as no number.</summary>
    public static ReadOnlySpan<byte> QuoteNonFinite(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf("NaN"u8) < 0 && text.IndexOf("Infinity"u8) < 0) return text;
        var quoted = new List<byte>(text.Length + 16);
        var inString = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (!inString && WordAt(text[i..]) is > 0 and var length)
            {
                quoted.Add((byte)'"');
                quoted.AddRange(text.Slice(i, length));
                quoted.Add((byte)'"');
                i += length - 1;
                continue;
            }

            quoted.Add(text[i]);
            if (text[i] == '"') inString = !inString;
            else if (inString && text[i] == '\\' && i + 1 < text.Length) quoted.Add(text[++i]);
        }

        return quoted.ToArray();
    }

    private static int WordAt(ReadOnlySpan<byte> text) =>
        text.StartsWith("NaN"u8) ? 3 : text.StartsWith("Infinity"u8) ? 8 : text.StartsWith("-Infinity"u8) ? 9 : 0;
}
