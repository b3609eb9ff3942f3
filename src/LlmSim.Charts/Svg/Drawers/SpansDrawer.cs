using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Spans on lanes.</summary>
internal static class SpansDrawer
{
    public static void Draw(PanelContext p, SpansMark mark)
    {
        var slot = Math.Abs(p.Y.At(1) - p.Y.At(0));
        var half = slot * 0.38;
        var size = Math.Max(12, Math.Min(p.Plan.Sizes.Label - 2, half));
        // The span being grown per lane: neighbours of one colour closer than half a pixel become one rectangle.
        var open = new Dictionary<int, (double Start, double End, ChartColour Colour, string Name)>();
        foreach (var span in mark.Spans)
        {
            if (!p.X.Axis.Accepts(span.Start) || !p.X.Axis.Accepts(span.End))
            {
                p.LeftOut++;
                continue;
            }

            if (span.End < p.X.Axis.Minimum || span.Start > p.X.Axis.Maximum) continue;
            var (start, end) = (Math.Max(p.Left, p.X.At(span.Start)), Math.Min(p.Right, p.X.At(span.End)));
            if (open.TryGetValue(span.Lane, out var last))
            {
                if (last.Colour == span.Colour && start - last.End < 0.5 && start >= last.Start && (end - start < 0.5 || last.End - last.Start < 0.5))
                {
                    open[span.Lane] = last with { End = Math.Max(last.End, end), Name = "" };
                    continue;
                }

                Flush(p, span.Lane, last, half, size);
            }

            open[span.Lane] = (start, end, span.Colour, span.Name);
        }

        foreach (var (lane, last) in open) Flush(p, lane, last, half, size);
        Spots(p, mark);
    }

    private static void Flush(PanelContext p, int lane, (double Start, double End, ChartColour Colour, string Name) span, double half, double size)
    {
        var y = p.Y.At(lane);
        var width = Math.Max(0.5, span.End - span.Start);
        var edge = width > 3 ? "stroke=\"#ffffff\" stroke-width=\"0.7\"" : "";
        p.Canvas.Rect(span.Start, y - half, width, 2 * half, Paint.Fill(span.Colour).Replace("class=\"", "class=\"edge ", StringComparison.Ordinal), edge);
        if (size * 1.2 > 2 * half || width < 24) return;
        var name = Texts.Clean(span.Name);
        var text = Texts.Fit(name, size, width - 6);
        if (text != name && text.Length < 10) return; // a rump says nothing
        var dark = span.Colour is ChartColour.Yellow or ChartColour.Sky or ChartColour.Orange or ChartColour.Purple;
        p.Canvas.TryText(text, "label", span.Start + width / 2, y + size * 0.35, size, Anchor.Middle, dark ? "fill=\"#111111\"" : "fill=\"#ffffff\"");
    }

    private static void Spots(PanelContext p, SpansMark mark)
    {
        // The longest spans are the ones people ask about.
        foreach (var span in mark.Spans.Where(s => p.X.Shows(s.Start)).OrderByDescending(s => s.End - s.Start).Take(PanelContext.MostSpots * 3))
        {
            var middle = (p.X.At(span.Start) + Math.Min(p.Right, p.X.At(span.End))) / 2;
            p.Spot(middle, p.Y.At(span.Lane), $"{Texts.Fit(Texts.Clean(span.Name), 14, 400)}: {p.X.Axis.Format(span.End - span.Start)} from {p.X.Axis.Format(span.Start)}");
        }
    }
}
