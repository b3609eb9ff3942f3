namespace LlmSim.Studies.Sweeps;

/// <summary>A figure over several seeds.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="HalfWidth">Half the width of its 95 % confidence interval (Student's t); NaN for a single seed.</param>
public readonly record struct Estimate(double Mean, double HalfWidth)
{
    // Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom.
    private static readonly double[] s_t =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080,
        2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    /// <summary>The estimate from one figure for each seed; NaN when there is none.</summary>
    public static Estimate From(IReadOnlyList<double> values)
    {
        if (values.Count == 0) return new Estimate(double.NaN, double.NaN);
        var mean = values.Sum() / values.Count;
        if (values.Count == 1) return new Estimate(mean, double.NaN);
        var variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1);
        var t = values.Count - 1 <= s_t.Length ? s_t[values.Count - 2] : 1.96;
        return new Estimate(mean, t * Math.Sqrt(variance / values.Count));
    }
}
