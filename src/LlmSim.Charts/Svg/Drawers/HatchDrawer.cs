namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Hatched rectangles: a faint tint under strokes of 45 degrees.</summary>
internal static class HatchDrawer
{
    public static void Rect(PanelContext p, double x, double y, double w, double h, ChartColour colour)
    {
        if (w <= 0 || h <= 0) return;
        p.Canvas.Rect(x, y, w, h, Paint.Fill(colour), "fill-opacity=\"0.12\"");
        p.Canvas.Rect(x, y, w, h, $"fill=\"url(#{p.IdPrefix}hatch-{Paint.Name(colour)})\"");
    }

    /// <summary>The patterns for the colours that a chart may hatch with.</summary>
    public static string Patterns(string idPrefix, IEnumerable<ChartColour> colours) => string.Concat(colours.Select(c =>
        $"<pattern id=\"{idPrefix}hatch-{Paint.Name(c)}\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">" +
        $"<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"9\" {Paint.Stroke(c)} stroke-width=\"2.4\" stroke-opacity=\"0.65\"/></pattern>\n"));
}
