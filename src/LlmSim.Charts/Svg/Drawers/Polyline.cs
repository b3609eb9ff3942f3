using System.Text;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>A line in pixels, thinned without losing an extreme.</summary>
internal static class Polyline
{
    /// <summary>
    /// At most four points per pixel column: the first, the lowest, the highest and the last of each run that stays in one column.
    /// A picture drawn from them covers the same pixels.
    /// </summary>
    public static List<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        var thinned = new List<(double X, double Y)>(Math.Min(points.Count, 4096));
        for (var start = 0; start < points.Count;)
        {
            var column = Math.Floor(points[start].X);
            var (end, low, high) = (start, start, start);
            while (end + 1 < points.Count && Math.Floor(points[end + 1].X) == column)
            {
                end++;
                if (points[end].Y < points[low].Y) low = end;
                if (points[end].Y > points[high].Y) high = end;
            }

            thinned.Add(points[start]);
            foreach (var i in low < high ? (ReadOnlySpan<int>)[low, high] : [high, low])
            {
                if (i != start && i != end) thinned.Add(points[i]);
            }

            if (end != start) thinned.Add(points[end]);
            start = end + 1;
        }

        return thinned;
    }

    /// <summary>The points of a step line: each height holds until the next position.</summary>
    public static List<(double X, double Y)> Steps(IReadOnlyList<(double X, double Y)> points)
    {
        var steps = new List<(double X, double Y)>(points.Count * 2);
        for (var i = 0; i < points.Count; i++)
        {
            if (i > 0) steps.Add((points[i].X, points[i - 1].Y));
            steps.Add(points[i]);
        }

        return steps;
    }

    /// <summary>Path data.</summary>
    public static string Data(IEnumerable<(double X, double Y)> points, bool move = true)
    {
        var data = new StringBuilder();
        foreach (var (x, y) in points)
        {
            data.Append(move ? 'M' : 'L').Append(Canvas.N(x)).Append(' ').Append(Canvas.N(y));
            move = false;
        }

        return data.ToString();
    }
}
