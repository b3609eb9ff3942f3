namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>
/// A function known at points whose coordinates are nested: for each first coordinate its own second ones, and so on, as measured tables have them. Between
/// points it is linear along each axis; outside them there is no value.
/// </summary>
internal sealed class SampledSpace
{
    private readonly double[] _keys;
    private readonly SampledSpace[]? _inner;
    private readonly double[]? _values;
    private readonly double _widest;

    private SampledSpace(double[] keys, SampledSpace[]? inner, double[]? values, double widest) => (_keys, _inner, _values, _widest) = (keys, inner, values, widest);

    /// <summary>Builds the space.</summary>
    /// <param name="points">Coordinates, all of one length of at least 1, and values; no two points have equal coordinates.</param>
    /// <param name="widest">For each axis, how far apart neighbours may be for the function to be known between them.</param>
    public static SampledSpace Of(IReadOnlyList<(double[] At, double Value)> points, double[] widest) => Of(points, widest, 0);

    /// <summary>The value at a place, exact at points; not a number outside them.</summary>
    public double At(ReadOnlySpan<double> place)
    {
        var found = Array.BinarySearch(_keys, place[0]);
        if (found >= 0) return Inner(found, place);
        var high = ~found;
        if (high == 0 || high == _keys.Length || _keys[high] - _keys[high - 1] > _widest) return double.NaN;
        var below = Inner(high - 1, place);
        var share = (place[0] - _keys[high - 1]) / (_keys[high] - _keys[high - 1]);
        return below + share * (Inner(high, place) - below);
    }

    /// <summary>Differences between each inner point of the last axis and what its two neighbours make of it.</summary>
    public IEnumerable<double> Deviations() => _inner is not null ? _inner.SelectMany(i => i.Deviations()) : OwnDeviations();

    private IEnumerable<double> OwnDeviations()
    {
        for (var i = 1; i + 1 < _keys.Length; i++)
        {
            var share = (_keys[i] - _keys[i - 1]) / (_keys[i + 1] - _keys[i - 1]);
            yield return _values![i - 1] + share * (_values[i + 1] - _values[i - 1]) - _values[i];
        }
    }

    private double Inner(int index, ReadOnlySpan<double> place) => _inner is null ? _values![index] : _inner[index].At(place[1..]);

    private static SampledSpace Of(IReadOnlyList<(double[] At, double Value)> points, double[] widest, int axis)
    {
        var groups = points.GroupBy(p => p.At[axis]).OrderBy(g => g.Key).ToList();
        var last = axis == widest.Length - 1;
        return new SampledSpace(
            [.. groups.Select(g => g.Key)],
            last ? null : [.. groups.Select(g => Of([.. g], widest, axis + 1))],
            last ? [.. groups.Select(g => g.Single().Value)] : null,
            widest[axis]);
    }
}
