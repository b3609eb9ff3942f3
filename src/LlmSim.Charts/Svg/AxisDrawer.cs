using LlmSim.Charts.Layout;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Svg;

/// <summary>Grid, ticks and titles of a panel's axes.</summary>
internal static class AxisDrawer
{
    public static void Draw(PanelContext p)
    {
        var (sizes, canvas) = (p.Plan.Sizes, p.Canvas);
        var start = p.Left - (p.Plan.LabelsY ? p.Plan.Margins.Left - 4 : 0);
        var above = p.Top - sizes.Axis * 0.75;
        if (p.Plan.Panel.Title.Length > 0)
        {
            var room = (p.CellRight - start) * (p.Plan.LabelsY ? 0.6 : 1) - 8;
            var title = Texts.Fit(Texts.Clean(p.Plan.Panel.Title), sizes.Axis, room, bold: true);
            canvas.TryText(title, "panel", start, above, sizes.Axis, Anchor.Start, Paint.Ink, bold: true);
            start += Texts.Width(title, sizes.Axis, bold: true) + sizes.Axis;
        }

        if (p.Plan.LabelsY)
        {
            var name = Texts.Fit(p.Plan.YTitle, sizes.Axis, p.CellRight - start - 8);
            canvas.TryText(name, "axis", start, above, sizes.Axis, Anchor.Start, Paint.Muted);
        }

        if (p.Y.Axis.Scale == AxisScale.Category) CategoriesY(p);
        else TicksY(p);
        var unit = p.X.Axis.Scale == AxisScale.Category ? CategoriesX(p) : TicksX(p);
        if (p.Plan.LabelsX)
        {
            var text = Texts.Fit(PanelPlan.WithUnit(p.X.Axis.Axis.Quantity, unit), sizes.Axis, p.CellRight - p.Left - 8);
            var baseline = p.Bottom + p.Plan.Margins.Bottom - sizes.Axis * 0.45;
            var half = Texts.Width(text, sizes.Axis) / 2;
            var centre = Math.Min((p.Left + p.Right) / 2, p.CellRight - 4 - half);
            canvas.TryText(text, "axis", centre, baseline, sizes.Axis, Anchor.Middle, Paint.Muted);
        }

        if (p.Plan.Heat is null) canvas.Line(p.Left, p.Bottom, p.Right, p.Bottom, Paint.AxisLine, 1.5);
    }

    private static void TicksY(PanelContext p)
    {
        foreach (var tick in p.Plan.YTicks)
        {
            if (!p.Y.Shows(tick.Value)) continue;
            var y = p.Y.At(tick.Value);
            if (tick.Label.Length == 0)
            {
                p.Canvas.Line(p.Left - 4, y, p.Left, y, Paint.AxisLine, 1);
                continue;
            }

            p.Canvas.Line(p.Left, y, p.Right, y, Paint.Grid, 1);
            if (p.Plan.LabelsY) p.Canvas.TryText(tick.Label, "tick", p.Left - 8, y + p.Plan.Sizes.Tick * 0.35, p.Plan.Sizes.Tick, Anchor.End, Paint.Muted);
        }
    }

    private static string TicksX(PanelContext p)
    {
        var axis = p.X.Axis;
        var size = p.Plan.Sizes.Tick;
        IReadOnlyList<Tick> ticks = [];
        var unit = "";
        for (var most = Math.Max(2, (int)((p.Right - p.Left) / 55)); most >= 2; most--)
        {
            (ticks, unit) = axis.Scale switch
            {
                AxisScale.Log => Ticks.Log(axis.Minimum, axis.Maximum, most, axis.Axis.Unit),
                AxisScale.Time => Ticks.Time(axis.Minimum, axis.Maximum, most),
                _ => Ticks.Linear(axis.Minimum, axis.Maximum, most, axis.Axis.Unit),
            };
            if (HaveRoom(p, ticks, size)) break;
        }

        foreach (var tick in ticks)
        {
            if (!p.X.Shows(tick.Value)) continue;
            var x = p.X.At(tick.Value);
            p.Canvas.Line(x, p.Bottom, x, p.Bottom + (tick.Label.Length > 0 ? 7 : 4), Paint.AxisLine, 1);
            if (tick.Label.Length > 0) p.Canvas.Line(x, p.Top, x, p.Bottom, Paint.Grid, 1);
            if (p.Plan.LabelsX) p.Canvas.TryText(tick.Label, "tick", x, p.Bottom + 8 + size, size, Anchor.Middle, Paint.Muted);
        }

        return unit;
    }

    private static bool HaveRoom(PanelContext p, IReadOnlyList<Tick> ticks, double size)
    {
        var end = double.NegativeInfinity;
        foreach (var tick in ticks.Where(t => t.Label.Length > 0))
        {
            var half = Texts.Width(tick.Label, size) / 2;
            var x = p.X.At(tick.Value);
            if (x - half < end + size * 0.8) return false;
            end = x + half;
        }

        return true;
    }

    private static string CategoriesX(PanelContext p)
    {
        var names = p.X.Axis.Axis.Categories;
        var size = p.Plan.Sizes.Tick;
        if (!p.Plan.LabelsX || names.Count == 0) return "";
        var slot = (p.Right - p.Left) / names.Count;
        var every = Math.Max(1, (int)Math.Ceiling(size * 3.2 / slot));
        for (var i = 0; i < names.Count; i += every)
        {
            var baseline = p.Bottom + 8 + size;
            foreach (var line in Texts.Wrap(Texts.Clean(names[i]), size, slot * every - 8, 2))
            {
                p.Canvas.TryText(line, "tick", p.X.At(i), baseline, size, Anchor.Middle, Paint.Muted);
                baseline += size * 1.15;
            }
        }

        return "";
    }

    private static void CategoriesY(PanelContext p)
    {
        var names = p.Y.Axis.Axis.Categories;
        var size = p.Plan.Sizes.Tick;
        if (!p.Plan.LabelsY || names.Count == 0) return;
        var slot = (p.Bottom - p.Top) / names.Count;
        var every = Math.Max(1, (int)Math.Ceiling(size * 1.2 / slot));
        for (var i = 0; i < names.Count; i += every)
        {
            var name = Texts.Fit(Texts.Clean(names[i]), size, p.Plan.CategoryWidth);
            p.Canvas.TryText(name, "tick", p.Left - 10, p.Y.At(i) + size * 0.35, size, Anchor.End, Paint.Ink);
        }
    }
}
