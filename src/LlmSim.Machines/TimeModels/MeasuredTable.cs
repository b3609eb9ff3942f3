namespace LlmSim.Machines.TimeModels;

/// <summary>Operators that a measured table can hold.</summary>
public enum MeasuredClass
{
    /// <summary>Matrix products: key (n, k), size m.</summary>
    Gemm,

    /// <summary>Prefill attention: key (heads, KV heads, head width), sizes sequences and tokens each.</summary>
    PrefillAttention,

    /// <summary>Decode attention: key (heads, KV heads, head width), sizes sequences and keys each.</summary>
    DecodeAttention,
}

/// <summary>One measurement.</summary>
/// <param name="Class">Operator class.</param>
/// <param name="First">n, or heads.</param>
/// <param name="Second">k, or KV heads.</param>
/// <param name="Third">0, or head width.</param>
/// <param name="Size">m, or sequences.</param>
/// <param name="Length">1, or tokens or keys of each sequence.</param>
/// <param name="Seconds">Measured time, above 0.</param>
public readonly record struct MeasuredPoint(MeasuredClass Class, double First, double Second, double Third, double Size, double Length, double Seconds);

/// <summary>
/// Measured operator times, looked up as utilisation of the ideal time: between points the utilisation is interpolated, far outside them there is no answer.
/// </summary>
/// <remarks>
/// Utilisation varies far less than time, so interpolating it keeps the shape of the roofline between points. A layer whose (n, k) is not in the table takes
/// the nearest pair, if each side is within a factor of 2.
/// </remarks>
public sealed class MeasuredTable
{
    // Beyond this factor from the nearest measured size a table says nothing.
    private const double Reach = 2;

    private readonly Dictionary<(MeasuredClass, double, double, double), Entry[]> _groups = [];
    private readonly (double N, double K)[] _products;

    /// <summary>A table of points.</summary>
    /// <param name="name">Where it comes from, for people.</param>
    /// <param name="points">The measurements; of several with the same sizes their median counts.</param>
    /// <param name="idealSeconds">The ideal time of a point on the device.</param>
    public MeasuredTable(string name, IEnumerable<MeasuredPoint> points, Func<MeasuredPoint, double> idealSeconds)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(idealSeconds);
        Name = name;
        foreach (var group in points.GroupBy(p => (p.Class, p.First, p.Second, p.Third)))
        {
            var entries = group.GroupBy(p => (p.Size, p.Length))
                .Select(same => (same.Key.Size, same.Key.Length, Seconds: Median(same.Select(p => p.Seconds)), Point: same.First()))
                .Select(p => new Entry(Math.Log(p.Size), Math.Log(p.Length), Math.Log(idealSeconds(p.Point) / p.Seconds)))
                .OrderBy(e => e.Size).ThenBy(e => e.Length).ToArray();
            _groups[group.Key] = entries;
        }

        _products = [.. _groups.Keys.Where(k => k.Item1 == MeasuredClass.Gemm).Select(k => (k.Item2, k.Item3)).Order()];
    }

    /// <summary>Where it comes from.</summary>
    public string Name { get; }

    /// <summary>Points, equal sizes counted once.</summary>
    public int Count => _groups.Values.Sum(g => g.Length);

    /// <summary>
    /// Utilisation of the ideal time, above 0 (and above 1 where caches beat memory); null far outside the points.
    /// </summary>
    public double? Utilization(MeasuredClass kind, double first, double second, double third, double size, double length)
    {
        if (size <= 0 || length <= 0) return null;
        if (!_groups.TryGetValue((kind, first, second, third), out var entries))
        {
            if (kind != MeasuredClass.Gemm || Nearest(first, second) is not { } near) return null;
            entries = _groups[(kind, near.N, near.K, 0)];
        }

        return Interpolated(entries, Math.Log(size), Math.Log(length));
    }

    private (double N, double K)? Nearest(double n, double k)
    {
        (double N, double K)? best = null;
        var distance = double.PositiveInfinity;
        foreach (var (candidateN, candidateK) in _products)
        {
            double dn = Math.Abs(Math.Log(candidateN / n)), dk = Math.Abs(Math.Log(candidateK / k));
            if (dn > Math.Log(Reach) || dk > Math.Log(Reach) || dn + dk >= distance) continue;
            (best, distance) = ((candidateN, candidateK), dn + dk);
        }

        return best;
    }

    /// <summary>
    /// The nearest point in each quadrant around the place asked for, weighted by inverse distance: exact at points, continuous enough between, and linear in
    /// one dimension. Null where the nearest point is out of reach.
    /// </summary>
    private static double? Interpolated(Entry[] entries, double size, double length)
    {
        Span<double> distances = stackalloc double[4];
        Span<double> values = stackalloc double[4];
        distances.Fill(double.PositiveInfinity);
        foreach (var entry in entries)
        {
            double ds = entry.Size - size, dl = entry.Length - length;
            var distance = Math.Abs(ds) + Math.Abs(dl);
            if (distance < 1e-12) return Math.Exp(entry.Utilization);
            var quadrant = (ds < 0 ? 0 : 1) + (dl < 0 ? 0 : 2);
            if (distance >= distances[quadrant]) continue;
            (distances[quadrant], values[quadrant]) = (distance, entry.Utilization);
        }

        double weight = 0, sum = 0, nearest = double.PositiveInfinity;
        for (var i = 0; i < 4; i++)
        {
            if (double.IsPositiveInfinity(distances[i])) continue;
            nearest = Math.Min(nearest, distances[i]);
            weight += 1 / distances[i];
            sum += values[i] / distances[i];
        }

        return nearest <= 2 * Math.Log(Reach) ? Math.Exp(sum / weight) : null;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private readonly record struct Entry(double Size, double Length, double Utilization);
}
