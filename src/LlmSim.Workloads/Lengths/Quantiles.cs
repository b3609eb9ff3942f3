namespace LlmSim.Workloads.Lengths;

/// <summary>A distribution of lengths, as points of its quantile function with straight lines between them.</summary>
public sealed class Quantiles
{
    private readonly double[] _levels;
    private readonly double[] _values;

    /// <summary>A distribution.</summary>
    /// <param name="points">Level (per mille, from 0 to 1000) and length in turn, both never falling.</param>
    public Quantiles(params ReadOnlySpan<double> points)
    {
        _levels = new double[points.Length / 2];
        _values = new double[points.Length / 2];
        for (var i = 0; i < _levels.Length; i++)
        {
            _levels[i] = points[2 * i] / 1000;
            _values[i] = points[2 * i + 1];
            if (i > 0 && (_levels[i] < _levels[i - 1] || _values[i] < _values[i - 1])) throw new ArgumentException("quantiles fall", nameof(points));
        }

        if (points.Length < 4 || points.Length % 2 != 0 || _levels[0] != 0 || _levels[^1] != 1)
            throw new ArgumentException("quantiles run from level 0 to 1000", nameof(points));
    }

    /// <summary>The mean of the distribution: the area under its quantile function.</summary>
    public double Mean
    {
        get
        {
            var sum = 0.0;
            for (var i = 1; i < _levels.Length; i++) sum += (_levels[i] - _levels[i - 1]) * (_values[i] + _values[i - 1]) / 2;
            return sum;
        }
    }

    /// <summary>The length at a level from 0 to 1, rounded, at least 1.</summary>
    public int At(double level)
    {
        var high = Array.BinarySearch(_levels, level);
        if (high < 0) high = ~high;
        high = Math.Clamp(high, 1, _levels.Length - 1);
        var width = _levels[high] - _levels[high - 1];
        var share = width > 0 ? (level - _levels[high - 1]) / width : 1;
        return Math.Max(1, (int)Math.Round(_values[high - 1] + share * (_values[high] - _values[high - 1])));
    }
}
