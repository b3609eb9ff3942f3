using System.Globalization;
using System.Xml.Linq;
using LlmSim.Charts.Layout;
using LlmSim.Charts.Svg;

namespace LlmSim.Charts.Tests;

/// <summary>The texts of an SVG document read back from its elements, so that the renderer's own report is not taken on trust.</summary>
internal static class DrawnTexts
{
    public sealed record Drawn(string Text, double Size, (double X, double Y)[] Corners);

    public static List<Drawn> Read(string svg)
    {
        var document = XDocument.Parse(svg);
        XNamespace ns = "http://www.w3.org/2000/svg";
        return [.. document.Descendants(ns + "text").Where(e => e.Attribute("aria-hidden") is null).Select(Rectangle)];
    }

    /// <summary>A chart that is drawn well: report and document agree, no two texts overlap, none leaves the canvas or is too small.</summary>
    public static void AssertLegible(Chart chart)
    {
        var rendered = new SvgRenderer().Render(chart);
        var texts = Read(rendered.Svg);
        Assert.Equal(rendered.Layout.Texts.Count, texts.Count);
        Assert.Empty(rendered.Layout.Collisions());
        Assert.Empty(rendered.Layout.Outside());
        foreach (var text in texts)
        {
            Assert.True(text.Size >= 12, $"'{text.Text}' is {text.Size} px high");
            foreach (var (x, y) in text.Corners)
                Assert.True(x >= -0.6 && y >= -0.6 && x <= rendered.Layout.Width + 0.6 && y <= rendered.Layout.Height + 0.6, $"'{text.Text}' leaves the canvas at {x:F1}, {y:F1}");
        }

        for (var i = 0; i < texts.Count; i++)
        {
            for (var j = 0; j < i; j++) Assert.False(Overlap(texts[i].Corners, texts[j].Corners), $"'{texts[i].Text}' covers '{texts[j].Text}'");
        }

        // What was dropped is said in the picture.
        if (rendered.Layout.DroppedLabels.Count > 0) Assert.Contains(rendered.Layout.Notes, n => n.Contains("left out for want of room", StringComparison.Ordinal));
        if (rendered.Layout.Notes.Count > 0) Assert.Contains(texts, t => t.Text.Contains("left out", StringComparison.Ordinal));
    }

    private static Drawn Rectangle(XElement e)
    {
        double Get(string name) => double.Parse(e.Attribute(name)!.Value, CultureInfo.InvariantCulture);
        var (x, y, size) = (Get("x"), Get("y"), Get("font-size"));
        var width = Texts.Width(e.Value, size, e.Attribute("font-weight") is not null);
        var left = e.Attribute("text-anchor")?.Value switch { "middle" => x - width / 2, "end" => x - width, _ => x };
        (double X, double Y)[] corners = [(left, y - 0.8 * size), (left + width, y - 0.8 * size), (left + width, y + 0.24 * size), (left, y + 0.24 * size)];
        if (e.Attribute("transform")?.Value is { } transform)
        {
            var parts = transform["rotate(".Length..^1].Split(' ').Select(p => double.Parse(p, CultureInfo.InvariantCulture)).ToArray();
            var (s, c) = Math.SinCos(parts[0] * Math.PI / 180);
            corners = [.. corners.Select(q => (parts[1] + (q.X - parts[1]) * c - (q.Y - parts[2]) * s, parts[2] + (q.X - parts[1]) * s + (q.Y - parts[2]) * c))];
        }

        return new(e.Value, size, corners);
    }

    /// <summary>Two convex shapes overlap unless an edge of one has all of the other on its outer side; a pixel of rounding is forgiven.</summary>
    private static bool Overlap((double X, double Y)[] a, (double X, double Y)[] b) =>
        a.Max(p => p.X) > b.Min(p => p.X) && b.Max(p => p.X) > a.Min(p => p.X) && !Separated(a, b) && !Separated(b, a);

    private static bool Separated((double X, double Y)[] a, (double X, double Y)[] b)
    {
        for (var i = 0; i < a.Length; i++)
        {
            var (p, q) = (a[i], a[(i + 1) % a.Length]);
            var (ex, ey) = (q.X - p.X, q.Y - p.Y);
            var length = Math.Sqrt(ex * ex + ey * ey);
            if (length > 0 && b.All(v => (ex * (v.Y - p.Y) - ey * (v.X - p.X)) / length < 0.3)) return true;
        }

        return false;
    }
}
