using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Reference lines, hatched regions, and strokes on the x axis.</summary>
internal static class ReferenceDrawer
{
    public static void Draw(PanelContext p, ReferenceMark mark)
    {
        var map = mark.Vertical ? p.X : p.Y;
        if (!map.Axis.Accepts(mark.At))
        {
            p.LeftOut++;
            return;
        }

        if (!map.Shows(mark.At)) return;
        var at = map.At(mark.At);
        var paint = Paint.Stroke(mark.Colour);
        if (mark.Vertical) p.Canvas.Line(at, p.Top, at, p.Bottom, paint, 1.6, mark.Dash);
        else p.Canvas.Line(p.Left, at, p.Right, at, paint, 1.6, mark.Dash);
        p.Ink.Line(mark.Vertical ? at : p.Left, mark.Vertical ? p.Top : at, mark.Vertical ? at : p.Right, mark.Vertical ? p.Bottom : at);
        if (mark.Name.Length == 0) return;
        var size = p.Plan.Sizes.Label - 1;
        var text = Texts.Fit(Texts.Clean(mark.Name), size, (p.Right - p.Left) * 0.6);
        var (w, h) = (Texts.Width(text, size), size * (Texts.Ascent + Texts.Descent));
        var places = mark.Vertical ? Places.AlongVertical(p.Top, p.Bottom, at, w, h) : Places.AlongHorizontal(p.Left, p.Right, at, w, h);
        p.Labels.Add(new(text, size, Paint.Text(mark.Colour), mark.Importance, places));
    }

    public static void Draw(PanelContext p, RegionMark mark)
    {
        var left = Edge(p.X, mark.FromX, p.Left);
        var right = Edge(p.X, mark.ToX, p.Right);
        var bottom = Edge(p.Y, mark.FromY, p.Bottom);
        var top = Edge(p.Y, mark.ToY, p.Top);
        if (right - left < 1 || bottom - top < 1) return;
        HatchDrawer.Rect(p, left, top, right - left, bottom - top, mark.Colour);
        if (mark.Name.Length == 0) return;
        var size = p.Plan.Sizes.Label - 1;
        var text = Texts.Fit(Texts.Clean(mark.Name), size, (p.Right - p.Left) * 0.6);
        var (w, h) = (Texts.Width(text, size), size * (Texts.Ascent + Texts.Descent));
        var places = Places.Within(left, top, right, bottom, w, h);
        if (w + 10 > right - left) places = [.. Places.AlongVertical(p.Top, p.Bottom, left, w, h)];
        p.Labels.Add(new(text, size, Paint.Text(mark.Colour), mark.Importance, places));
    }

    public static void Draw(PanelContext p, TicksMark mark)
    {
        var seen = new HashSet<int>();
        foreach (var x in mark.X)
        {
            if (!p.X.Axis.Accepts(x)) p.LeftOut++;
            else if (p.X.Shows(x) && seen.Add((int)(p.X.At(x) * 2))) p.Canvas.Line(p.X.At(x), p.Bottom - 14, p.X.At(x), p.Bottom, Paint.Stroke(mark.Colour), 1.5);
        }

        if (mark.Name.Length == 0 || seen.Count == 0) return;
        var size = p.Plan.Sizes.Label - 1;
        var text = Texts.Fit(Texts.Clean(mark.Name), size, (p.Right - p.Left) * 0.6);
        var (w, h) = (Texts.Width(text, size), size * (Texts.Ascent + Texts.Descent));
        p.Labels.Add(new(text, size, Paint.Text(mark.Colour), mark.Importance, Places.AlongHorizontal(p.Left, p.Right, p.Bottom - 14, w, h)));
    }

    private static double Edge(AxisMap map, double? value, double open) =>
        value is { } v && map.Axis.Accepts(v) ? map.At(Math.Clamp(v, map.Axis.Minimum, map.Axis.Maximum)) : open;
}
