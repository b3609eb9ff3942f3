using System.Text;
using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Points; many points in one pixel are drawn once.</summary>
internal static class PointsDrawer
{
    /// <summary>More points than this are drawn as one path of round dots on a raster: shapes are no longer seen, and files stay small.</summary>
    private const int MostShapes = 2000;

    /// <summary>Raster of that path in pixels.</summary>
    private const double Raster = 2.5;

    public static void Draw(PanelContext p, PointsMark mark)
    {
        if (mark.Points.Count > MostShapes) Cloud(p, mark);
        else Shapes(p, mark);
    }

    private static void Cloud(PanelContext p, PointsMark mark)
    {
        var seen = new HashSet<(int, int)>();
        var data = new StringBuilder();
        var stride = Math.Max(1, mark.Points.Count / (PanelContext.MostSpots * 3));
        for (var i = 0; i < mark.Points.Count; i++)
        {
            var point = mark.Points[i];
            if (!p.Accepts(point.X, point.Y) || !p.X.Shows(point.X) || !p.Y.Shows(point.Y)) continue;
            var (x, y) = (p.X.At(point.X), p.Y.At(point.Y));
            var cell = ((int)Math.Round(x / Raster), (int)Math.Round(y / Raster));
            if (seen.Add(cell))
            {
                data.Append('M').Append(Canvas.N(cell.Item1 * Raster)).Append(' ').Append(Canvas.N(cell.Item2 * Raster)).Append("h0");
                p.Ink.Disc(x, y, 2);
            }

            if (i % stride == 0) p.Spot(x, y, p.Describe(point.Name.Length > 0 ? point.Name : mark.Name, point.X, point.Y));
            if (point.Label.Length > 0) p.Labels.Add(Request(p, mark, point, x, y, mark.Size));
        }

        if (data.Length > 0) p.Canvas.Path(data.ToString(), Paint.Stroke(mark.Colour), $"stroke-width=\"{Canvas.N(Math.Min(mark.Size, 5))}\" stroke-linecap=\"round\" stroke-opacity=\"0.6\"");
    }

    private static void Shapes(PanelContext p, PointsMark mark)
    {
        var seen = new HashSet<(int, int, int)>();
        var stride = Math.Max(1, mark.Points.Count / (PanelContext.MostSpots * 3));
        // Large ones first, so that small ones lie on top.
        var order = Enumerable.Range(0, mark.Points.Count).OrderByDescending(i => double.IsNaN(mark.Points[i].Share) ? 0 : mark.Points[i].Share);
        var number = 0;
        foreach (var i in order)
        {
            var point = mark.Points[i];
            if (!p.Accepts(point.X, point.Y) || !p.X.Shows(point.X) || !p.Y.Shows(point.Y)) continue;
            var (x, y) = (p.X.At(point.X), p.Y.At(point.Y));
            var size = Diameter(mark, point.Share);
            if (seen.Add(((int)Math.Round(x * 2), (int)Math.Round(y * 2), (int)size)))
            {
                p.Canvas.MarkerAt(mark.Marker, x, y, size, mark.Colour, size > 12 ? 0.75 : 1);
                p.Ink.Disc(x, y, size / 2);
            }

            var name = point.Name.Length > 0 ? point.Name : point.Label.Length > 0 ? point.Label : mark.Name;
            if (number++ % stride == 0 || point.Label.Length > 0) p.Spot(x, y, p.Describe(name, point.X, point.Y));
            if (point.Label.Length > 0) p.Labels.Add(Request(p, mark, point, x, y, size));
        }
    }

    private static double Diameter(PointsMark mark, double share) =>
        double.IsNaN(share) ? mark.Size : Math.Max(mark.Size * 0.7, 7 * mark.Size * Math.Sqrt(Math.Clamp(share, 0, 1)));

    private static LabelRequest Request(PanelContext p, PointsMark mark, ChartPoint point, double x, double y, double diameter)
    {
        var size = p.Plan.Sizes.Label - 1;
        var text = Texts.Fit(Texts.Clean(point.Label), size, (p.CellRight - p.Left) * 0.75);
        var places = Places.Around(x, y, diameter / 2, Texts.Width(text, size), size * (Texts.Ascent + Texts.Descent));
        return new(text, size, Paint.Text(mark.Colour), point.Importance + mark.Importance, places) { Anchor = (x, y), LeaderColour = mark.Colour };
    }
}
