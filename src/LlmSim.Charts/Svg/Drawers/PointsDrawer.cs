using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Points; many points in one pixel are drawn once.</summary>
internal static class PointsDrawer
{
    public static void Draw(PanelContext p, PointsMark mark)
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
        return new(text, size, Paint.Text(mark.Colour), point.Importance + mark.Importance, places) { Anchor = (x, y) };
    }
}
