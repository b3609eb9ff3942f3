using System.Text;
using LlmSim.Charts.Layout;

namespace LlmSim.Studies.Reports;

/// <summary>Text for HTML: everything from outside goes through <see cref="Text"/>.</summary>
internal static class Html
{
    /// <summary>One line of text, escaped for elements and attributes; characters that HTML or XML forbids are replaced.</summary>
    public static string Text(string? text) => Escape(Texts.Clean(text));

    /// <summary>Text of several lines for a <c>pre</c>.</summary>
    public static string Lines(string? text) => string.Join('\n', (text ?? "").ReplaceLineEndings("\n").Split('\n').Select(Text));

    /// <summary>A string literal of JSON that may stand inside a script element.</summary>
    public static string JsonString(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var c in text)
        {
            // '<' could end the script element, the others end or break a literal.
            if (c is '"' or '\'' or '\\' or '<' or '>' or '&' or '\u2028' or '\u2029' || c < ' ' || char.IsSurrogate(c)) json.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            else json.Append(c);
        }

        return json.Append('"').ToString();
    }

    /// <summary>A word for an id: letters, digits and dashes.</summary>
    public static string Slug(string text)
    {
        var slug = new string([.. text.ToLowerInvariant().Take(60).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        return slug.Length == 0 ? "section" : slug;
    }

    private static string Escape(string text)
    {
        if (text.AsSpan().IndexOfAny("&<>\"'") < 0) return text;
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);
    }
}
