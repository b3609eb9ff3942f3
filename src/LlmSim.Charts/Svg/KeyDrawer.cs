using LlmSim.Charts.Layout;

namespace LlmSim.Charts.Svg;

/// <summary>The key above the panels: samples and meanings in rows.</summary>
internal static class KeyDrawer
{
    // Three rows at the usual size; where the entries need more, smaller type and then more rows, before any is left out.
    private static readonly (double Size, int Rows)[] s_ways = [(FontSizes.Key, 3), (FontSizes.SmallKey, 3), (FontSizes.SmallKey, 6)];

    /// <summary>Draws the key.</summary>
    /// <returns>Its height.</returns>
    public static double Draw(Canvas canvas, IReadOnlyList<KeyEntry> entries, double left, double right, double top, string idPrefix)
    {
        if (entries.Count == 0) return 0;
        var (size, rows) = s_ways.FirstOrDefault(w => Places(entries, right - left, w.Size)[^1].Row < w.Rows, s_ways[^1]);
        var places = Places(entries, right - left, size);
        foreach (var (entry, (x, row, text)) in entries.Zip(places))
        {
            if (row >= rows)
            {
                canvas.Dropped.Add(text);
                continue;
            }

            var baseline = top + row * RowHeight(size) + size;
            Sample(canvas, entry, left + x, baseline - size * 0.33, idPrefix);
            canvas.Text(text, "key", left + x + 40, baseline, size, Anchor.Start, Paint.Ink);
        }

        return (Math.Min(places[^1].Row, rows - 1) + 1) * RowHeight(size) + 6;
    }

    private static double RowHeight(double size) => size * 1.6;

    /// <summary>Where each entry stands: from the left, in which row, with which text.</summary>
    private static List<(double X, int Row, string Text)> Places(IReadOnlyList<KeyEntry> entries, double room, double size)
    {
        var places = new List<(double X, int Row, string Text)>(entries.Count);
        var (x, row) = (0.0, 0);
        foreach (var entry in entries)
        {
            var text = Texts.Fit(Texts.Clean(entry.Text), size, room * 0.45);
            var width = 40 + Texts.Width(text, size) + 26;
            if (x > 0 && x + width - 26 > room) (x, row) = (0, row + 1);
            places.Add((x, row, text));
            x += width;
        }

        return places;
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
