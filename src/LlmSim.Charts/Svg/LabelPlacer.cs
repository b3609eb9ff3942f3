using LlmSim.Charts.Layout;

namespace LlmSim.Charts.Svg;

/// <summary>
/// Finds a place for every label: the most important first, each at its cheapest place that touches no other text; those for
/// which there is none are dropped and counted.
/// </summary>
internal static class LabelPlacer
{
    /// <summary>More labels than this are not readable in one panel.</summary>
    private const int Most = 150;

    public static void Place(Canvas canvas, InkMap ink, IEnumerable<LabelRequest> requests, double left, double top, double right, double bottom)
    {
        var ordered = requests.Where(r => r.Text.Length > 0).OrderByDescending(r => r.Importance).ToList();
        for (var i = 0; i < ordered.Count; i++)
        {
            var request = ordered[i];
            if (i >= Most || Best(canvas, ink, request, left, top, right, bottom) is not { } best)
            {
                canvas.Dropped.Add(request.Text);
                continue;
            }

            if (best.Place.Leader) Leader(canvas, ink, request, best.Box);
            canvas.Label(best.Box, request.Paint, request.Bold);
        }
    }

    private static (PlacedText Box, Place Place)? Best(Canvas canvas, InkMap ink, LabelRequest request, double left, double top, double right, double bottom)
    {
        (PlacedText, Place)? best = null;
        var lowest = double.PositiveInfinity;
        foreach (var place in request.Places)
        {
            if (place.Cost >= lowest) continue;
            var box = new PlacedText(request.Text, request.Role, place.X, place.Y, request.Width, request.Height, place.Angle, request.Size);
            if (!box.Inside(left, top, right, bottom)) continue;
            var cost = place.Cost + ink.Under(box);
            if (cost >= lowest || !canvas.Free(box with { Width = box.Width + 6, Height = box.Height + 2 })) continue;
            lowest = cost;
            best = (box, place);
        }

        return best;
    }

    private static void Leader(Canvas canvas, InkMap ink, LabelRequest request, PlacedText box)
    {
        var (ax, ay) = request.Anchor;
        var x = Math.Clamp(ax, box.CentreX - box.Width / 2, box.CentreX + box.Width / 2);
        var y = Math.Clamp(ay, box.CentreY - box.Height / 2, box.CentreY + box.Height / 2);
        canvas.Line(ax, ay, x, y, Paint.AxisLine, 1);
        ink.Line(ax, ay, x, y);
    }
}
