using LlmSim.Charts.Layout;

namespace LlmSim.Charts.Svg;

/// <summary>The key above the panels: samples and meanings in rows.</summary>
internal static class KeyDrawer
{
    private const double Row = FontSizes.Key * 1.6;
    private const int MostRows = 3;

    /// <summary>Draws the key.</summary>
    /// <returns>Its height.</returns>
    public static double Draw(Canvas canvas, IReadOnlyList<KeyEntry> entries, double left, double right, double top, string idPrefix)
    {
        if (entries.Count == 0) return 0;
        var (x, row) = (left, 0);
        foreach (var entry in entries)
        {
            var text = Texts.Fit(Texts.Clean(entry.Text), FontSizes.Key, (right - left) * 0.45);
            var width = 40 + Texts.Width(text, FontSizes.Key) + 26;
            if (x > left && x + width - 26 > right) (x, row) = (left, row + 1);
            if (row >= MostRows)
            {
                canvas.Dropped.Add(text);
                continue;
            }

            var baseline = top + row * Row + FontSizes.Key;
            Sample(canvas, entry, x, baseline - FontSizes.Key * 0.33, idPrefix);
            canvas.Text(text, "key", x + 40, baseline, FontSizes.Key, Anchor.Start, Paint.Ink);
            x += width;
        }

        return (Math.Min(row, MostRows - 1) + 1) * Row + 6;
    }

    private static void Sample(Canvas canvas, KeyEntry entry, double x, double y, string idPrefix)
    {
        switch (entry.Shape)
        {
            case KeyShape.Line:
                canvas.Line(x, y, x + 34, y, Paint.Stroke(entry.Colour), 3, entry.Dash);
                canvas.MarkerAt(entry.Marker, x + 17, y, 9, entry.Colour);
                break;
            case KeyShape.Point: canvas.MarkerAt(entry.Marker == Marker.None ? Marker.Circle : entry.Marker, x + 24, y, 13, entry.Colour); break;
            case KeyShape.Hatch: canvas.Rect(x + 10, y - 9, 24, 18, $"fill=\"url(#{idPrefix}hatch-{Paint.Name(entry.Colour)})\""); break;
            default: canvas.Rect(x + 10, y - 8, 24, 16, Paint.Fill(entry.Colour)); break;
        }
    }
}
