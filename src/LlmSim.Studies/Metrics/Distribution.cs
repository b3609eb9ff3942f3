namespace LlmSim.Studies.Metrics;

/// <summary>What is told of a set of latencies. NaN throughout when the set is empty.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="P50">Median.</param>
/// <param name="P90">90th percentile.</param>
/// <param name="P95">95th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="Max">Largest.</param>
public readonly record struct Distribution(double Mean, double P50, double P90, double P95, double P99, double Max)
{
    /// <summary>Nothing was measured.</summary>
    public static Distribution Empty { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>The figure of that name: mean, p50, p90, p95, p99 or max; NaN for another name.</summary>
    public double Named(string name) => name switch
    {
        "mean" => Mean,
        "p50" => P50,
        "p90" => P90,
        "p95" => P95,
        "p99" => P99,
        "max" => Max,
        _ => double.NaN,
    };

    /// <summary>Exact percentiles of values, which are sorted in place.</summary>
    public static Distribution Of(Span<double> values)
    {
        if (values.Length == 0) return Empty;
        values.Sort();
        // Kahan's sum: the order of a million additions would otherwise show in the last digits.
        double sum = 0, lost = 0;
        foreach (var value in values)
        {
            var y = value - lost;
            var t = sum + y;
            lost = t - sum - y;
            sum = t;
        }

        return new Distribution(
            sum / values.Length, Percentile(values, 0.5), Percentile(values, 0.9), Percentile(values, 0.95), Percentile(values, 0.99), values[^1]);
    }

    /// <summary>A percentile of sorted values, between neighbours by a straight line (as NumPy and vLLM's benchmark do).</summary>
    /// <param name="sorted">At least one value, ascending.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double Percentile(ReadOnlySpan<double> sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
