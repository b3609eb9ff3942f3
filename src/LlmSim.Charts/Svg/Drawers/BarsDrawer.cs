using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Bars, horizontal where the y axis has the categories.</summary>
internal static class BarsDrawer
{
    public static void Draw(PanelContext p, BarsMark mark)
    {
        var horizontal = p.Y.Axis.Scale == AxisScale.Category;
        var last = mark.NameSegments && !horizontal ? mark.Bars.Select(b => b.Place).DefaultIfEmpty(0).Max() : double.NaN;
        foreach (var bar in mark.Bars)
        {
            var value = horizontal ? p.X : p.Y;
            if (!value.Axis.Accepts(bar.To) || !double.IsFinite(bar.Place) || !(value.Axis.IsLog || value.Axis.Accepts(bar.From)))
            {
                p.LeftOut++;
                continue;
            }

            var from = value.Axis.Accepts(bar.From) ? value.At(Math.Clamp(bar.From, value.Axis.Minimum, value.Axis.Maximum)) : value.At(value.Axis.Minimum);
            var to = value.At(Math.Clamp(bar.To, value.Axis.Minimum, value.Axis.Maximum));
            var place = horizontal ? p.Y : p.X;
            var slot = Math.Abs(place.At(1) - place.At(0));
            var centre = place.At(bar.Place);
            var half = slot * Math.Clamp(bar.Thickness, 0.02, 1) / 2;
            var (x, y, w, h) = horizontal
                ? (Math.Min(from, to), centre - half, Math.Abs(to - from), 2 * half)
                : (centre - half, Math.Min(from, to), 2 * half, Math.Abs(to - from));
            if (bar.Hatched) HatchDrawer.Rect(p, x, y, w, h, bar.Colour);
            else p.Canvas.Rect(x, y, w, h, Paint.Fill(bar.Colour).Replace("class=\"", "class=\"edge ", StringComparison.Ordinal), "stroke=\"#ffffff\" stroke-width=\"1\"");
            p.Ink.Area(x, y, x + w, y + h);
            var shown = bar.Name.Length > 0 ? bar.Name : mark.Name;
            p.Spot(x + w / 2, y + h / 2, Describe(p, shown, bar, value));
            if (bar.Place == last && bar.Name.Length > 0 && h > 0.5) p.EndLabels.Add(new(Texts.Clean(bar.Name), y + h / 2, bar.Colour, h, Swatch: true));
            if (bar.Label.Length > 0) p.Labels.Add(EndLabel(p, mark, bar, horizontal, to, centre, half));
        }
    }

    private static string Describe(PanelContext p, string name, Bar bar, AxisMap value)
    {
        var text = value.Axis.Format(bar.To - bar.From);
        return name.Length == 0 ? text : $"{Texts.Fit(Texts.Clean(name), 14, 400)}: {text}{(bar.Label.Length > 0 ? " · " + Texts.Fit(Texts.Clean(bar.Label), 14, 400) : "")}";
    }

    private static LabelRequest EndLabel(PanelContext p, BarsMark mark, Bar bar, bool horizontal, double to, double centre, double half)
    {
        var size = Math.Min(p.Plan.Sizes.Label - 1, Math.Max(12, half * 2));
        var text = Texts.Fit(Texts.Clean(bar.Label), size, (p.CellRight - p.Left) * 0.5);
        var (w, h) = (Texts.Width(text, size), size * (Texts.Ascent + Texts.Descent));
        List<Place> places = horizontal
            ? [new(to + 8 + w / 2, centre, 0), new(to - 8 - w / 2, centre, 40)]
            : [new(p.X.At(bar.Place), to - h / 2 - 4, 0), new(p.X.At(bar.Place), to - h * 1.6 - 4, 3), new(p.X.At(bar.Place), to + h / 2 + 4, 40)];
        return new(text, size, Paint.Ink, mark.Importance - centre * 1e-6, places) { Anchor = horizontal ? (to, centre) : (centre, to) };
    }
}
