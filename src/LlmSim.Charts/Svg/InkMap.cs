namespace LlmSim.Charts.Svg;

/// <summary>Which cells of a panel have ink, so that labels can avoid it.</summary>
internal sealed class InkMap(double left, double top, double right, double bottom)
{
    private const double Cell = 4;
    private readonly int _columns = Math.Max(1, (int)Math.Ceiling((right - left) / Cell));
    private readonly int _rows = Math.Max(1, (int)Math.Ceiling((bottom - top) / Cell));
    private readonly byte[] _ink = new byte[Math.Max(1, (int)Math.Ceiling((right - left) / Cell)) * Math.Max(1, (int)Math.Ceiling((bottom - top) / Cell))];

    public void Line(double x1, double y1, double x2, double y2, byte weight = 1)
    {
        var steps = (int)Math.Min(2000, Math.Max(Math.Abs(x2 - x1), Math.Abs(y2 - y1)) / (Cell * 0.7) + 1);
        for (var i = 0; i <= steps; i++) Dot(x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps, weight);
    }

    public void Disc(double x, double y, double radius)
    {
        for (var dy = -radius; dy <= radius; dy += Cell * 0.9)
        {
            for (var dx = -radius; dx <= radius; dx += Cell * 0.9) Dot(x + dx, y + dy, 3);
        }

        Dot(x, y, 3);
    }

    /// <summary>A filled rectangle: text on it is hard to read.</summary>
    public void Area(double x1, double y1, double x2, double y2)
    {
        if (x2 <= left || x1 >= right || y2 <= top || y1 >= bottom) return;
        for (var r = Row(y1); r <= Row(y2); r++)
        {
            for (var c = Column(x1); c <= Column(x2); c++)
            {
                ref var cell = ref _ink[r * _columns + c];
                if (cell == 0) cell = 1;
            }
        }
    }

    /// <summary>Ink under a rectangle.</summary>
    public double Under(Layout.PlacedText box)
    {
        var (rx, ry) = (box.Reach(1, 0), box.Reach(0, 1));
        var (c0, c1) = (Column(box.CentreX - rx), Column(box.CentreX + rx));
        var (r0, r1) = (Row(box.CentreY - ry), Row(box.CentreY + ry));
        double sum = 0;
        for (var r = r0; r <= r1; r++)
        {
            for (var c = c0; c <= c1; c++) sum += _ink[r * _columns + c];
        }

        return sum;
    }

    private void Dot(double x, double y, byte weight)
    {
        if (x < left || x >= right || y < top || y >= bottom) return;
        ref var cell = ref _ink[Row(y) * _columns + Column(x)];
        if (cell < weight) cell = weight;
    }

    private int Column(double x) => Math.Clamp((int)((x - left) / Cell), 0, _columns - 1);

    private int Row(double y) => Math.Clamp((int)((y - top) / Cell), 0, _rows - 1);
}
