using LlmSim.Charts.Layout;

namespace LlmSim.Charts.Svg;

/// <summary>A label in the right margin.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Y">The height it belongs to, in pixels.</param>
/// <param name="Colour">Colour of what it names.</param>
/// <param name="Importance">More important ones are dropped last.</param>
/// <param name="Swatch">A square of the colour stands before it: colours of text are darker and closer to each other than those of areas.</param>
internal sealed record EndLabel(string Text, double Y, ChartColour Colour, double Importance, bool Swatch = false);

/// <summary>
/// Labels in the right margin at the heights of their lines' ends, pushed apart where they would touch; the least important go
/// first where the margin is full.
/// </summary>
internal static class EndLabelColumn
{
    public static void Draw(PanelContext p)
    {
        var size = p.Plan.Sizes.Label;
        var step = size * (Texts.Ascent + Texts.Descent) + 1;
        var (top, bottom) = (p.Top + step / 2 - 6, p.Bottom - step / 2 + 6);
        var room = Math.Max(1, (int)((bottom - top) / step) + 1);
        var labels = p.EndLabels.OrderByDescending(l => l.Importance).ToList();
        foreach (var dropped in labels.Skip(room)) p.Canvas.Dropped.Add(dropped.Text);
        labels = [.. labels.Take(room).OrderBy(l => l.Y)];
        var heights = Spread([.. labels.Select(l => Math.Clamp(l.Y, top, bottom))], step, top, bottom);
        for (var i = 0; i < labels.Count; i++)
        {
            var (text, end, colour, _, swatch) = labels[i];
            var moved = Math.Abs(heights[i] - end) > 5;
            var start = p.Right + (moved ? 18 : 8);
            var x = start + (swatch ? size * 0.9 : 0);
            var box = Canvas.Box(Texts.Fit(text, size, p.CellRight - x - 3), "label", x, 0, size, Anchor.Start);
            box = box with { CentreY = heights[i] };
            if (box.Text.Length == 0 || !p.Canvas.Free(box))
            {
                p.Canvas.Dropped.Add(text);
                continue;
            }

            if (moved) p.Canvas.Line(p.Right + 2, Math.Clamp(end, p.Top, p.Bottom), p.Right + 16, heights[i], Paint.Stroke(colour), 1.2);
            if (swatch) p.Canvas.Rect(start, heights[i] - size * 0.33, size * 0.65, size * 0.65, Paint.Fill(colour));
            p.Canvas.Label(box, Paint.Text(colour), false);
        }
    }

    /// <summary>
    /// Positions in ascending order moved as little as possible (least squares) so that neighbours keep a distance: those that
    /// touch form a block that settles at the mean of what its members want.
    /// </summary>
    internal static double[] Spread(double[] wanted, double step, double top, double bottom)
    {
        var blocks = new List<(double Sum, int Count)>(); // sum of (wanted − offset within the block)
        foreach (var want in wanted)
        {
            var block = (Sum: want, Count: 1);
            while (blocks.Count > 0 && Start(blocks[^1], step, top, bottom) + blocks[^1].Count * step > Start(block, step, top, bottom))
            {
                var previous = blocks[^1];
                blocks.RemoveAt(blocks.Count - 1);
                block = (previous.Sum + block.Sum - block.Count * previous.Count * step, previous.Count + block.Count);
            }

            blocks.Add(block);
        }

        return [.. blocks.SelectMany(b => Enumerable.Range(0, b.Count).Select(i => Start(b, step, top, bottom) + i * step))];
    }

    private static double Start((double Sum, int Count) block, double step, double top, double bottom) =>
        Math.Max(top, Math.Min(block.Sum / block.Count, bottom - (block.Count - 1) * step));
}
