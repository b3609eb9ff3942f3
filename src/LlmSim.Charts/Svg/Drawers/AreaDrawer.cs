using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Bands and stacked areas.</summary>
internal static class AreaDrawer
{
    public static void Draw(PanelContext p, BandMark band)
    {
        var low = new List<(double X, double Y)>();
        var high = new List<(double X, double Y)>();
        for (var i = 0; i < Math.Min(band.X.Count, Math.Min(band.Low.Count, band.High.Count)); i++)
        {
            if (!p.Accepts(band.X[i], band.Low[i]) || !p.Accepts(band.X[i], band.High[i])) continue;
            var x = p.X.At(band.X[i]);
            low.Add((x, p.Y.At(band.Low[i])));
            high.Add((x, p.Y.At(band.High[i])));
        }

        Fill(p, Polyline.Thin(high), Polyline.Thin(low), band.Colour, 0.22);
    }

    public static void Draw(PanelContext p, StackMark stack)
    {
        var kept = Enumerable.Range(0, stack.X.Count).Where(i => p.Accepts(stack.X[i], p.Y.Axis.Minimum)).ToList();
        var sums = new double[kept.Count];
        var floor = kept.Select(i => (X: p.X.At(stack.X[i]), Y: p.Y.At(Math.Max(0, p.Y.Axis.Minimum)))).ToList();
        var bottom = floor;
        foreach (var layer in stack.Layers)
        {
            var top = new List<(double X, double Y)>(kept.Count);
            for (var k = 0; k < kept.Count; k++)
            {
                var value = kept[k] < layer.Values.Count ? layer.Values[kept[k]] : 0;
                if (!double.IsFinite(value) || value < 0) p.LeftOut++;
                else sums[k] += value;
                top.Add((floor[k].X, p.Y.At(Math.Max(sums[k], p.Y.Axis.Minimum))));
            }

            Draw(p, stack, layer, top, bottom);
            Spots(p, stack, layer, kept, top);
            if (top.Count > 0 && stack.Layers.Count <= FontSizes.MostDirectLabels && layer.Name.Length > 0)
                p.EndLabels.Add(new(Texts.Clean(layer.Name), (top[^1].Y + bottom[^1].Y) / 2, layer.Colour, bottom[^1].Y - top[^1].Y, Swatch: true));
            bottom = top;
        }
    }

    private static void Draw(PanelContext p, StackMark stack, StackLayer layer, List<(double X, double Y)> top, List<(double X, double Y)> bottom)
    {
        // Both edges are thinned by themselves; each covers its own pixels.
        var (upper, lower) = (Polyline.Thin(top), Polyline.Thin(bottom));
        if (stack.Step) (upper, lower) = (Polyline.Steps(upper), Polyline.Steps(lower));
        Fill(p, upper, lower, layer.Colour, 0.85);
        for (var i = 1; i < top.Count; i++) p.Ink.Area(top[i - 1].X, Math.Min(top[i - 1].Y, top[i].Y), top[i].X, Math.Max(bottom[i - 1].Y, bottom[i].Y));
    }

    private static void Fill(PanelContext p, List<(double X, double Y)> upper, List<(double X, double Y)> lower, ChartColour colour, double opacity)
    {
        if (upper.Count < 2) return;
        lower.Reverse();
        p.Canvas.Path(Polyline.Data(upper) + Polyline.Data(lower, move: false) + "Z", Paint.Fill(colour), $"fill-opacity=\"{Canvas.N(opacity)}\"");
    }

    private static void Spots(PanelContext p, StackMark stack, StackLayer layer, List<int> kept, List<(double X, double Y)> top)
    {
        var stride = Math.Max(1, kept.Count / PanelContext.MostSpots);
        for (var k = 0; k < kept.Count; k += stride)
        {
            if (kept[k] < layer.Values.Count && p.X.Shows(stack.X[kept[k]])) p.Spot(top[k].X, Math.Clamp(top[k].Y, p.Top, p.Bottom), p.Describe(layer.Name, stack.X[kept[k]], layer.Values[kept[k]]));
        }
    }
}
