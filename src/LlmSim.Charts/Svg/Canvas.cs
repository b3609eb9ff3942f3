using System.Globalization;
using System.Text;
using LlmSim.Charts.Layout;

namespace LlmSim.Charts.Svg;

/// <summary>Where along a text its x lies.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>SVG elements in the order of drawing, and every text's rectangle.</summary>
internal sealed class Canvas(double width, double height)
{
    private readonly StringBuilder _body = new();
    private readonly List<PlacedText> _texts = [];

    public double Width { get; } = width;

    public double Height { get; } = height;

    public IReadOnlyList<PlacedText> Texts => _texts;

    public List<string> Dropped { get; } = [];

    public List<string> Notes { get; } = [];

    public List<ValueSpot> Values { get; } = [];

    public List<PlotArea> Plots { get; } = [];

    public string Body => _body.ToString();

    /// <summary>A coordinate with at most two decimals, the same on every machine and in every culture.</summary>
    public static string N(double value)
    {
        var text = Math.Round(value, 2, MidpointRounding.AwayFromZero).ToString("0.##", CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    public static string Escape(string text)
    {
        if (text.AsSpan().IndexOfAny("&<>\"'") < 0) return text;
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);
    }

    public void Raw(string element) => _body.Append(element).Append('\n');

    public void Line(double x1, double y1, double x2, double y2, string paint, double stroke, Dash dash = Dash.Solid) =>
        Raw($"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\" {paint} stroke-width=\"{N(stroke)}\"{Paint.Dashes(dash, stroke)}/>");

    public void Path(string data, string paint, string more = "") => Raw($"<path d=\"{data}\" {paint}{(more.Length > 0 ? " " + more : "")}/>");

    public void Rect(double x, double y, double w, double h, string paint, string more = "") =>
        Raw($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(Math.Max(0, w))}\" height=\"{N(Math.Max(0, h))}\" {paint}{(more.Length > 0 ? " " + more : "")}/>");

    /// <summary>A marker centred on a point.</summary>
    public void MarkerAt(Marker marker, double x, double y, double size, ChartColour colour, double opacity = 1)
    {
        var r = size / 2;
        var more = opacity < 1 ? $" fill-opacity=\"{N(opacity)}\"" : "";
        const string edge = " stroke=\"#ffffff\" stroke-width=\"1\"";
        var fill = Paint.Fill(colour).Replace("class=\"", "class=\"edge ", StringComparison.Ordinal) + edge + more;
        switch (marker)
        {
            case Marker.Circle: Raw($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(r)}\" {fill}/>"); break;
            case Marker.Square: Raw($"<rect x=\"{N(x - r * .89)}\" y=\"{N(y - r * .89)}\" width=\"{N(r * 1.78)}\" height=\"{N(r * 1.78)}\" {fill}/>"); break;
            case Marker.Triangle: Raw($"<path d=\"M{N(x)} {N(y - r * 1.2)}L{N(x + r * 1.1)} {N(y + r * .8)}L{N(x - r * 1.1)} {N(y + r * .8)}Z\" {fill}/>"); break;
            case Marker.Diamond: Raw($"<path d=\"M{N(x)} {N(y - r * 1.25)}L{N(x + r * 1.25)} {N(y)}L{N(x)} {N(y + r * 1.25)}L{N(x - r * 1.25)} {N(y)}Z\" {fill}/>"); break;
            case Marker.Ring: Raw($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(r)}\" {Paint.Stroke(colour)} stroke-width=\"2\"/>"); break;
            case Marker.Cross:
                Raw($"<path d=\"M{N(x - r)} {N(y - r)}L{N(x + r)} {N(y + r)}M{N(x - r)} {N(y + r)}L{N(x + r)} {N(y - r)}\" {Paint.Stroke(colour)} stroke-width=\"2.2\"/>");
                break;
        }
    }

    /// <summary>The rectangle that a text would cover.</summary>
    public static PlacedText Box(string text, string role, double x, double baseline, double size, Anchor anchor, bool bold = false)
    {
        var w = Layout.Texts.Width(text, size, bold);
        var h = (Layout.Texts.Ascent + Layout.Texts.Descent) * size;
        var centreX = anchor switch { Anchor.Start => x + w / 2, Anchor.Middle => x, _ => x - w / 2 };
        return new(text, role, centreX, baseline - Layout.Texts.Ascent * size + h / 2, w, h, 0, size);
    }

    /// <summary>Draws a text wherever its place is free.</summary>
    /// <returns>Whether it was free.</returns>
    public bool TryText(string text, string role, double x, double baseline, double size, Anchor anchor, string paint, bool bold = false)
    {
        if (text.Length == 0) return true;
        if (!Free(Box(text, role, x, baseline, size, anchor, bold))) return false;
        Text(text, role, x, baseline, size, anchor, paint, bold);
        return true;
    }

    /// <summary>Whether a rectangle lies on the canvas and touches no text.</summary>
    public bool Free(PlacedText box) => box.Inside(0, 0, Width, Height) && !_texts.Exists(t => t.Overlaps(box));

    public void Text(string text, string role, double x, double baseline, double size, Anchor anchor, string paint, bool bold = false)
    {
        if (text.Length == 0) return;
        _texts.Add(Box(text, role, x, baseline, size, anchor, bold));
        Write(text, x, baseline, size, anchor, paint, bold, "");
    }

    /// <summary>A label over marks: with a rim of paper, and turned where its rectangle is.</summary>
    public void Label(PlacedText box, string paint, bool bold)
    {
        Claim(box);
        DrawClaimed(box, paint, bold);
    }

    /// <summary>Takes the place of a label that is drawn later.</summary>
    public void Claim(PlacedText box) => _texts.Add(box);

    /// <summary>Draws a label whose place was claimed.</summary>
    public void DrawClaimed(PlacedText box, string paint, bool bold)
    {
        var baseline = box.CentreY - box.Height / 2 + Layout.Texts.Ascent * box.FontSize;
        var turn = box.Angle == 0 ? "" : $" transform=\"rotate({N(box.Angle)} {N(box.CentreX)} {N(box.CentreY)})\"";
        Write(box.Text, box.CentreX, baseline, box.FontSize, Anchor.Middle, Paint.Halo + " stroke-width=\"4\" stroke-linejoin=\"round\" aria-hidden=\"true\"", bold, turn);
        Write(box.Text, box.CentreX, baseline, box.FontSize, Anchor.Middle, paint, bold, turn);
    }

    private void Write(string text, double x, double baseline, double size, Anchor anchor, string paint, bool bold, string more)
    {
        var where = anchor switch { Anchor.Start => "", Anchor.Middle => " text-anchor=\"middle\"", _ => " text-anchor=\"end\"" };
        Raw($"<text x=\"{N(x)}\" y=\"{N(baseline)}\" font-size=\"{N(size)}\"{(bold ? " font-weight=\"bold\"" : "")}{where} {paint}{more}>{Escape(text)}</text>");
    }
}
