using LlmSim.Files;

namespace LlmSim.Execution.StepCosts.MeasuredTables;

/// <summary>Samples of a function of one variable, read linearly between them: constant below the first, the last slope continued above the last.</summary>
internal sealed class SampledLine
{
    private readonly double[] _x;
    private readonly double[] _y;

    private SampledLine(double[] x, double[] y)
    {
        _x = x;
        _y = y;
    }

    public static SampledLine From(List<(double X, double Y, int Line)> samples, string file, string member, InputErrors errors)
    {
        samples.Sort(static (a, b) => a.X != b.X ? a.X.CompareTo(b.X) : a.Line.CompareTo(b.Line));
        for (var i = samples.Count - 1; i > 0; i--)
        {
            if (samples[i].X != samples[i - 1].X) continue;
            if (samples[i].Y != samples[i - 1].Y)
                errors.Add(file, samples[i].Line, member, $"{samples[i].Y} at {samples[i].X} contradicts {samples[i - 1].Y} in line {samples[i - 1].Line}");
            samples.RemoveAt(i);
        }

        return new SampledLine([.. samples.Select(s => s.X)], [.. samples.Select(s => s.Y)]);
    }

    public double At(double x)
    {
        var (low, high, share) = Place(_x, x);
        return _y[low] + share * (_y[high] - _y[low]);
    }

    /// <summary>The samples around <paramref name="x"/> and how far it is from the lower to the higher one.</summary>
    public static (int Low, int High, double Share) Place(double[] samples, double x)
    {
        if (samples.Length == 1 || x <= samples[0]) return (0, 0, 0);
        var (low, high) = (0, samples.Length - 1);
        // The last sample at or below x, but never the very last, so that its slope serves beyond it.
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (samples[middle] <= x) low = middle;
            else high = middle;
        }

        return (low, low + 1, (x - samples[low]) / (samples[low + 1] - samples[low]));
    }
}
