using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Lines, with their labels in the margin, beside their end, or along them.</summary>
internal static class LineDrawer
{
    public static void Draw(PanelContext p, LineMark line)
    {
        var runs = Runs(p, line);
        var paint = Paint.Stroke(line.Colour);
        foreach (var run in runs)
        {
            var points = Polyline.Thin(run);
            if (line.Step) points = Polyline.Steps(points);
            if (points.Count == 1 && line.Marker == Marker.None) p.Canvas.MarkerAt(Marker.Circle, points[0].X, points[0].Y, 7, line.Colour);
            if (points.Count > 1)
                p.Canvas.Path(Polyline.Data(points), paint, $"stroke-width=\"{Canvas.N(line.Width)}\" stroke-linejoin=\"round\"{Paint.Dashes(line.Dash, line.Width)}");
            for (var i = 1; i < points.Count; i++) p.Ink.Line(points[i - 1].X, points[i - 1].Y, points[i].X, points[i].Y);
            if (line.Marker != Marker.None && run.Count <= 150)
            {
                foreach (var (x, y) in run)
                {
                    p.Canvas.MarkerAt(line.Marker, x, y, 9, line.Colour);
                    p.Ink.Disc(x, y, 4.5);
                }
            }
        }

        Spots(p, line);
        var text = PanelPlan.LabelOf(line);
        if (text.Length == 0 || runs.Count == 0 || !p.Plan.DirectLabels && !line.LabelAlong) return;
        var end = runs[^1][^1];
        if (p.Plan.EndsAtRight(line)) p.EndLabels.Add(new(Texts.Clean(text), end.Y, line.Colour, line.Importance));
        else p.Labels.Add(Request(p, line, Texts.Clean(text), runs));
    }

    private static LabelRequest Request(PanelContext p, LineMark line, string text, List<List<(double X, double Y)>> runs)
    {
        var size = p.Plan.Sizes.Label - (line.LabelAlong ? 1 : 0);
        text = Texts.Fit(text, size, (p.CellRight - p.Left) * 0.6);
        var (width, height) = (Texts.Width(text, size), size * (Texts.Ascent + Texts.Descent));
        var visible = runs.SelectMany(r => r).Where(q => q.X >= p.Left - 1 && q.X <= p.Right + 1 && q.Y >= p.Top - 1 && q.Y <= p.Bottom + 1).ToList();
        if (visible.Count == 0) visible = runs[^1];
        var end = visible[^1];
        var places = new List<Place>();
        if (line.LabelAlong)
        {
            foreach (var run in runs.Where(r => r.Count < 50))
            {
                for (var i = 1; i < run.Count; i++)
                {
                    if (Clip(p, run[i - 1], run[i]) is var (a, b)) places.AddRange(Places.AlongSegment(a.X, a.Y, b.X, b.Y, width, height));
                }
            }
        }

        if (places.Count == 0)
        {
            places = [.. Places.Around(end.X, end.Y, line.Marker == Marker.None ? 2 : 6, width, height)];
            // Moved back along the line when its end is crowded.
            for (var i = 1; i <= 4; i++)
            {
                var q = visible[(visible.Count - 1) * (6 - i) / 6];
                places.Add(new(q.X, q.Y - height / 2 - 7, 3 + i * 2));
                places.Add(new(q.X, q.Y + height / 2 + 7, 3.5 + i * 2));
            }
        }

        return new(text, size, Paint.Text(line.Colour), line.Importance, places) { Anchor = end, LeaderColour = line.Colour };
    }

    /// <summary>The part of a piece of line within the plot.</summary>
    private static ((double X, double Y) A, (double X, double Y) B)? Clip(PanelContext p, (double X, double Y) a, (double X, double Y) b)
    {
        var (t0, t1) = (0.0, 1.0);
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        foreach (var (d, q) in (ReadOnlySpan<(double, double)>)[(-dx, a.X - p.Left), (dx, p.Right - a.X), (-dy, a.Y - p.Top), (dy, p.Bottom - a.Y)])
        {
            if (d == 0 && q < 0) return null;
            if (d < 0) t0 = Math.Max(t0, q / d);
            if (d > 0) t1 = Math.Min(t1, q / d);
        }

        return t0 < t1 ? ((a.X + t0 * dx, a.Y + t0 * dy), (a.X + t1 * dx, a.Y + t1 * dy)) : null;
    }

    /// <summary>The pieces between values that cannot be drawn, in pixels.</summary>
    private static List<List<(double X, double Y)>> Runs(PanelContext p, LineMark line)
    {
        var runs = new List<List<(double X, double Y)>>();
        List<(double X, double Y)>? run = null;
        for (var i = 0; i < Math.Min(line.X.Count, line.Y.Count); i++)
        {
            if (!p.Accepts(line.X[i], line.Y[i]))
            {
                run = null;
                continue;
            }

            if (run is null) runs.Add(run = []);
            run.Add((p.X.At(line.X[i]), p.Y.At(line.Y[i])));
        }

        return runs;
    }

    private static void Spots(PanelContext p, LineMark line)
    {
        var count = Math.Min(line.X.Count, line.Y.Count);
        var stride = Math.Max(1, (count + PanelContext.MostSpots - 1) / PanelContext.MostSpots);
        for (var i = 0; i < count; i += stride)
        {
            // Of each stretch the largest value is worth showing.
            var best = -1;
            for (var j = i; j < Math.Min(count, i + stride); j++)
            {
                if (p.X.Shows(line.X[j]) && p.Y.Shows(line.Y[j]) && (best < 0 || line.Y[j] > line.Y[best])) best = j;
            }

            if (best >= 0) p.Spot(p.X.At(line.X[best]), p.Y.At(line.Y[best]), p.Describe(line.Name.Length > 0 ? line.Name : line.Label ?? "", line.X[best], line.Y[best]));
        }
    }
}
