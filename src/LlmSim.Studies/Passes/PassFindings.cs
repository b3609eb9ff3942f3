using LlmSim.Charts.Numbers;

namespace LlmSim.Studies.Passes;

/// <summary>What a pass study shows, in sentences: where curves turn from memory-bound to compute-bound, where the KV cache outgrows the weights, what no longer fits.</summary>
public static class PassFindings
{
    private const int Most = 12;

    /// <summary>The findings, at most twelve; none where nothing turns within the axes.</summary>
    public static IReadOnlyList<string> Of(PassStudyResult study)
    {
        var grid = new PassGrid(study);
        if (grid.Along is not { } along) return [];
        var (quantity, unit) = grid.Quantity(along);
        var (bounds, caches, fits) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var (name, points) in grid.Curves(along))
        {
            string At(PassPoint point) => $"{quantity.ToLowerInvariant()} {(unit.Joined ? SiFormat.Value(grid.X(point, along), unit) : SiFormat.Count(grid.X(point, along)))}";
            if (Turn(points, a => PassMetric.LinearMemoryBoundShare(a) < 0.5 && !a.IsHeldUp) is { } bound)
                bounds.Add($"{name}: linear layers are compute-bound from {At(bound)} on.");
            if (Turn(points, a => a.Tiers.Sum(t => t.KvCacheBytes) > a.Tiers.Sum(t => t.WeightBytes)) is { } cache)
                caches.Add($"{name}: the KV cache is larger than the weights from {At(cache)} on.");
            if (Turn(points, a => !a.Fits) is { } full)
                fits.Add($"{name}: does not fit {full.Answer.Question.Device.Title} from {At(full)} on.");
        }

        List<string> found = [.. bounds, .. caches, .. fits];
        return found.Count <= Most ? found : [.. found.Take(Most), $"And {found.Count - Most} more, to be seen in the table of points."];
    }

    /// <summary>The first point where something holds, and from which on it goes on to hold; null where it holds from the start, or not at the end.</summary>
    private static PassPoint? Turn(IReadOnlyList<PassPoint> points, Func<PassAnswer, bool> holds)
    {
        var last = -1;
        for (var i = 0; i < points.Count; i++)
            if (!holds(points[i].Answer)) last = i;
        return last < 0 || last == points.Count - 1 ? null : points[last + 1];
    }
}
