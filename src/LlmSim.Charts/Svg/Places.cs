namespace LlmSim.Charts.Svg;

/// <summary>Candidate places for labels, the best first.</summary>
internal static class Places
{
    /// <summary>Rings around a point in pixels, from which a leader leads to it.</summary>
    private static readonly double[] Distances = [20, 36, 54, 78, 105, 140, 190];

    /// <summary>Around a point: close by, then further off with a leader.</summary>
    public static IEnumerable<Place> Around(double x, double y, double radius, double width, double height)
    {
        var (hx, hy, gap) = (width / 2, height / 2, radius + 5);
        yield return new(x, y - gap - hy, 1.5);
        yield return new(x + gap + hx, y, 0);
        yield return new(x - gap - hx, y, 1);
        yield return new(x, y + gap + hy, 2);
        yield return new(x + gap * .7 + hx, y - gap * .7 - hy, 2);
        yield return new(x - gap * .7 - hx, y - gap * .7 - hy, 2.5);
        yield return new(x + gap * .7 + hx, y + gap * .7 + hy, 3);
        yield return new(x - gap * .7 - hx, y + gap * .7 + hy, 3.5);
        foreach (var distance in Distances)
        {
            for (var i = 0; i < 24; i++)
            {
                var angle = i * Math.PI / 12;
                var (c, s) = (Math.Cos(angle), -Math.Sin(angle));
                yield return new(x + c * (gap + distance + hx), y + s * (gap + distance + hy), 8 + distance / 6, 0, true);
            }
        }
    }

    /// <summary>Above and below a horizontal line, from its right end to its left.</summary>
    public static List<Place> AlongHorizontal(double left, double right, double y, double width, double height)
    {
        var places = new List<Place>();
        for (var i = 0; i <= 12; i++)
        {
            var x = right - width / 2 - 6 - i * Math.Max(0, right - left - width - 12) / 12;
            places.Add(new(x, y - height / 2 - 3, i * 0.5));
            places.Add(new(x, y + height / 2 + 3, i * 0.5 + 1));
        }

        return places;
    }

    /// <summary>Right and left of an upright line, from its top down.</summary>
    public static List<Place> AlongVertical(double top, double bottom, double x, double width, double height)
    {
        var places = new List<Place>();
        for (var i = 0; i <= 14; i++)
        {
            var y = top + height / 2 + 4 + i * Math.Max(0, bottom - top - height - 8) / 14;
            places.Add(new(x + width / 2 + 6, y, i * 0.7));
            places.Add(new(x - width / 2 - 6, y, i * 0.7 + 0.5));
        }

        return places;
    }

    /// <summary>Within a rectangle, from its top and from its middle outwards.</summary>
    public static List<Place> Within(double left, double top, double right, double bottom, double width, double height)
    {
        var places = new List<Place>();
        for (var r = 0; r <= 8; r++)
        {
            for (var c = 0; c <= 4; c++)
            {
                var offset = (c % 2 == 0 ? 1 : -1) * ((c + 1) / 2) / 2.0;
                var x = (left + right) / 2 + offset * Math.Max(0, right - left - width - 8) / 2;
                places.Add(new(x, top + height / 2 + 6 + r * Math.Max(0, bottom - top - height - 12) / 8, r + c * 0.5));
            }
        }

        return places;
    }

    /// <summary>Along a piece of line, above and below, turned with it.</summary>
    public static List<Place> AlongSegment(double x1, double y1, double x2, double y2, double width, double height)
    {
        var places = new List<Place>();
        var length = Math.Sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
        if (length < width + 10) return places;
        if (x2 < x1) (x1, y1, x2, y2) = (x2, y2, x1, y1);
        var angle = Math.Atan2(y2 - y1, x2 - x1);
        var (nx, ny) = (Math.Sin(angle), -Math.Cos(angle)); // upwards
        var clear = height / 2 + 4;
        for (var i = 0; i <= 16; i++)
        {
            var at = (width / 2 + 5 + i / 16.0 * (length - width - 10)) / length;
            var (x, y) = (x1 + at * (x2 - x1), y1 + at * (y2 - y1));
            var off = Math.Abs(i - 8) * 0.4;
            places.Add(new(x + nx * clear, y + ny * clear, off, angle * 180 / Math.PI));
            places.Add(new(x - nx * clear, y - ny * clear, off + 2, angle * 180 / Math.PI));
        }

        return places;
    }
}
