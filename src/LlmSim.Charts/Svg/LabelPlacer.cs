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

    /// <summary>How bad it is that a leader passes below another label, in cells of ink.</summary>
    private const double CrossedLabel = 30;

    public static void Place(Canvas canvas, InkMap ink, IEnumerable<LabelRequest> requests, double left, double top, double right, double bottom)
    {
        var ordered = requests.Where(r => r.Text.Length > 0).OrderByDescending(r => r.Importance).ToList();
        var placed = new List<(LabelRequest Request, PlacedText Box)>();
        for (var i = 0; i < ordered.Count; i++)
        {
            var request = ordered[i];
            if (i >= Most || Best(canvas, ink, request, left, top, right, bottom) is not { } best)
            {
                canvas.Dropped.Add(request.Text);
                continue;
            }

            canvas.Claim(best.Box);
            placed.Add((request, best.Box));
            if (best.Place.Leader) Leader(canvas, ink, request, best.Box);
        }

        // Leaders lie below all labels: where one must pass a label, the label's rim of paper interrupts it.
        foreach (var (request, box) in placed) canvas.DrawClaimed(box, request.Paint, request.Bold);
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
            var cost = place.Cost + 1.5 * ink.Under(box);
            if (cost >= lowest || !canvas.Free(box with { Width = box.Width + 6, Height = box.Height + 2 })) continue;
            if (place.Leader && !canvas.Free(LeaderBox(request, box))) cost += CrossedLabel;
            if (cost >= lowest) continue;
            lowest = cost;
            best = (box, place);
        }

        return best;
    }

    private static void Leader(Canvas canvas, InkMap ink, LabelRequest request, PlacedText box)
    {
        var (ax, ay) = request.Anchor;
        var (x, y) = LeaderEnd(request, box);
        canvas.Line(ax, ay, x, y, Paint.Stroke(request.LeaderColour), 1);
        ink.Line(ax, ay, x, y, weight: 3);
    }

    /// <summary>The point of a label's rectangle that is nearest to what it names.</summary>
    private static (double X, double Y) LeaderEnd(LabelRequest request, PlacedText box) =>
        (Math.Clamp(request.Anchor.X, box.CentreX - box.Width / 2, box.CentreX + box.Width / 2), Math.Clamp(request.Anchor.Y, box.CentreY - box.Height / 2, box.CentreY + box.Height / 2));

    /// <summary>The leader as a thin rectangle.</summary>
    private static PlacedText LeaderBox(LabelRequest request, PlacedText box)
    {
        var (ax, ay) = request.Anchor;
        var (x, y) = LeaderEnd(request, box);
        var length = Math.Sqrt((x - ax) * (x - ax) + (y - ay) * (y - ay));
        return new("", "leader", (ax + x) / 2, (ay + y) / 2, length, 1, Math.Atan2(y - ay, x - ax) * 180 / Math.PI, 0);
    }
}
