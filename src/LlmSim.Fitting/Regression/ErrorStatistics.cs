namespace LlmSim.Fitting.Regression;

/// <summary>How far predictions are from measurements. All but <see cref="Points"/> are fractions of the measured value.</summary>
/// <param name="Points">Rows compared.</param>
/// <param name="Mean">Mean absolute error (MAPE).</param>
/// <param name="Median">Median absolute error.</param>
/// <param name="Worst">Largest absolute error.</param>
/// <param name="Bias">Median signed error: above 0 the model is too slow.</param>
/// <param name="Beyond25">Share of rows that are more than 25 % off.</param>
public readonly record struct ErrorStatistics(int Points, double Mean, double Median, double Worst, double Bias, double Beyond25)
{
    /// <summary>Statistics of signed relative errors.</summary>
    public static ErrorStatistics Of(IReadOnlyCollection<double> signed)
    {
        ArgumentNullException.ThrowIfNull(signed);
        if (signed.Count == 0) return default;
        var errors = signed.ToArray();
        Array.Sort(errors);
        var bias = Median_(errors);
        var absolute = errors.Select(Math.Abs).ToArray();
        Array.Sort(absolute);
        double sum = 0;
        var beyond = 0;
        foreach (var error in absolute)
        {
            sum += error;
            if (error > 0.25) beyond++;
        }

        return new ErrorStatistics(errors.Length, sum / errors.Length, Median_(absolute), absolute[^1], bias, (double)beyond / errors.Length);
    }

    private static double Median_(double[] sorted)
    {
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
