using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Heat maps with their colour bar in the right margin.</summary>
internal static class HeatDrawer
{
    public static void Draw(PanelContext p, HeatMark heat)
    {
        bool Usable(double v) => Math.Abs(v) <= 1e100 && (!heat.Logarithmic || v >= 1e-100);
        var values = heat.Values.SelectMany(row => row).Where(Usable).ToList();
        var (low, high) = values.Count == 0 ? (0.0, 1.0) : (values.Min(), values.Max());
        double Position(double v) => high <= low ? 0.5 : heat.Logarithmic ? Math.Log(v / low) / Math.Log(high / low) : (v - low) / (high - low);
        var (w, h) = (p.X.At(1) - p.X.At(0), p.Y.At(1) - p.Y.At(0));
        var size = Math.Min(p.Plan.Sizes.Label - 1, Math.Max(12, h * 0.45));
        for (var r = 0; r < heat.Values.Count; r++)
        {
            for (var c = 0; c < heat.Values[r].Count; c++)
            {
                var value = heat.Values[r][c];
                if (!Usable(value))
                {
                    if (!double.IsNaN(value)) p.LeftOut++;
                    continue;
                }

                var (x, y) = (p.X.At(c), p.Y.At(r));
                var position = Position(value);
                p.Canvas.Rect(x - w / 2, y - h / 2, w, h, $"class=\"edge\" fill=\"{HeatColours.At(position)}\"", w > 12 && h > 12 ? "stroke=\"#ffffff\" stroke-width=\"1\"" : "");
                var number = heat.CellText is { } text ? text(r, c) : SiFormat.Value(value, heat.Unit);
                p.Spot(x, y, $"{p.Y.Axis.Format(r)}, {p.X.Axis.Format(c)}: {SiFormat.Value(value, heat.Unit)}");
                if (h > size * 1.3 && Texts.Width(number, size) < w - 4)
                    p.Canvas.TryText(Texts.Clean(number), "label", x, y + size * 0.35, size, Anchor.Middle, $"fill=\"{HeatColours.TextOn(position)}\"");
            }
        }

        if (values.Count > 0) ColourBar(p, heat, low, high);
    }

    private static void ColourBar(PanelContext p, HeatMark heat, double low, double high)
    {
        const int steps = 60;
        const double width = 18;
        var x = p.Right + 16;
        var height = (p.Bottom - p.Top) / steps;
        for (var i = 0; i < steps; i++) p.Canvas.Rect(x, p.Bottom - (i + 1) * height, width, height + 0.6, $"fill=\"{HeatColours.At((i + 0.5) / steps)}\"");
        var size = p.Plan.Sizes.Tick - 1;
        var axis = new ResolvedAxis(new Axis { Quantity = heat.Quantity, Unit = heat.Unit }, heat.Logarithmic ? AxisScale.Log : AxisScale.Linear, low, high > low ? high : low + 1);
        var map = new AxisMap(axis, p.Bottom, p.Top);
        var most = Math.Max(2, (int)((p.Bottom - p.Top) / 60));
        var (ticks, unit) = heat.Logarithmic ? Ticks.Log(axis.Minimum, axis.Maximum, most, heat.Unit) : Ticks.Linear(axis.Minimum, axis.Maximum, most, heat.Unit);
        foreach (var tick in ticks.Where(t => t.Label.Length > 0 && map.Shows(t.Value) && (high > low || t.Value == low)))
        {
            var label = Texts.Fit(tick.Label, size, p.CellRight - x - width - 8);
            p.Canvas.TryText(label, "tick", x + width + 6, map.At(tick.Value) + size * 0.35, size, Anchor.Start, Paint.Muted);
        }

        var title = Texts.Fit(PanelPlan.WithUnit(heat.Quantity, unit), size, (p.CellRight - p.Left) * 0.6);
        p.Canvas.TryText(title, "axis", p.CellRight - 4, p.Top - size * 0.7, size, Anchor.End, Paint.Muted);
    }
}
