namespace LlmSim.Studies.Capacity;

/// <summary>The configurations that no other one beats in both of two figures, more being better.</summary>
public static class ParetoFront
{
    /// <summary>Indexes of the points on the front, by rising first figure. Points with a figure that is not a number take no part; of equal points the first does.</summary>
    public static IReadOnlyList<int> Of(IReadOnlyList<(double X, double Y)> points)
    {
        var order = Enumerable.Range(0, points.Count).Where(i => !double.IsNaN(points[i].X) && !double.IsNaN(points[i].Y))
            .OrderByDescending(i => points[i].X).ThenByDescending(i => points[i].Y).ThenBy(i => i);
        var front = new List<int>();
        var best = double.NegativeInfinity;
        foreach (var i in order)
        {
            if (points[i].Y <= best) continue;
            best = points[i].Y;
            front.Add(i);
        }

        front.Reverse();
        return front;
    }
}
