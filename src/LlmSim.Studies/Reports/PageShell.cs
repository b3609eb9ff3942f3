using System.Security.Cryptography;
using System.Text;
using LlmSim.Charts.Svg;

namespace LlmSim.Studies.Reports;

/// <summary>
/// The frame of a page: one file, no network. A content security policy allows exactly our script, by its hash, so that a name in
/// a model file or trace cannot become one.
/// </summary>
internal static class PageShell
{
    private static readonly Lazy<string> Css = new(() => Asset("page.css") + ChartTheme.Css);
    private static readonly Lazy<string> Script = new(() => Asset("page.js"));

    /// <summary>A whole page.</summary>
    /// <param name="title">Title of the window.</param>
    /// <param name="body">Elements of the body, already escaped; the page is made of it in place, since it may be megabytes.</param>
    public static string Wrap(string title, StringBuilder body)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script.Value)));
        return body.Insert(
            0,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
            $"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n" +
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n" +
            $"<title>{Html.Text(title)}</title>\n<style>\n{Css.Value}</style>\n</head>\n<body>\n")
            .Append($"\n<script>{Script.Value}</script>\n</body>\n</html>\n").ToString();
    }

    private static string Asset(string name)
    {
        using var stream = typeof(PageShell).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"resource {name} is missing");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
