using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace LlmSim.Studies.Tests.Reports;

/// <summary>What must hold of every page, whatever it shows.</summary>
internal static partial class PageChecks
{
    public const string Hostile = "</script></pre></style><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='x' & \u0000\u202E";

    public static void AssertSound(string html)
    {
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", html, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", html, StringComparison.Ordinal);

        // Nothing from outside became markup.
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.DoesNotContain(" onclick='", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', html);
        Assert.DoesNotContain('\u202E', html);

        // One script runs: ours, by its hash.
        var scripts = Scripts().Matches(html).Where(m => !m.Groups[1].Value.Contains("json", StringComparison.Ordinal)).ToList();
        var script = Assert.Single(scripts).Groups[2].Value;
        Assert.Contains($"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'", html, StringComparison.Ordinal);

        // Nothing needs the network: the only addresses are names of XML namespaces.
        foreach (Match match in Addresses().Matches(html)) Assert.Equal("http://www.w3.org/2000/svg", match.Value);

        // Ids are unique, and every link within the page has its place.
        var ids = Ids().Matches(html).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        foreach (Match match in Links().Matches(html)) Assert.Contains(match.Groups[1].Value, ids);
        foreach (Match match in References().Matches(html)) Assert.All(match.Groups[1].Value.Split(' '), id => Assert.Contains(id, ids));

        // Data blocks are JSON.
        foreach (var block in Scripts().Matches(html).Where(m => m.Groups[1].Value.Contains("json", StringComparison.Ordinal))) System.Text.Json.JsonDocument.Parse(block.Groups[2].Value).Dispose();
        AssertBalanced(html);
    }

    /// <summary>Elements close in the order in which they opened.</summary>
    private static void AssertBalanced(string html)
    {
        var open = new Stack<string>();
        var markup = Raw().Replace(html, "");
        foreach (Match tag in Tags().Matches(markup))
        {
            var name = tag.Groups[2].Value;
            if (name is "meta" or "br" || tag.Groups[3].Value.EndsWith('/')) continue;
            if (tag.Groups[1].Length == 0) open.Push(name);
            else Assert.Equal(open.Pop(), name);
        }

        Assert.Empty(open);
    }

    [GeneratedRegex("<script([^>]*)>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Scripts();

    [GeneratedRegex("https?://[^\"' )<]*")]
    private static partial Regex Addresses();

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex Ids();

    [GeneratedRegex(" href=\"#([^\"]*)\"")]
    private static partial Regex Links();

    [GeneratedRegex("aria-labelledby=\"([^\"]*)\"")]
    private static partial Regex References();

    [GeneratedRegex("<script.*?</script>|<style>.*?</style>|<!DOCTYPE html>", RegexOptions.Singleline)]
    private static partial Regex Raw();

    [GeneratedRegex("<(/?)([a-zA-Z0-9]+)([^>]*)>")]
    private static partial Regex Tags();
}
