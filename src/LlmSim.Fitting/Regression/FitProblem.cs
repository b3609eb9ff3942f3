using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Regression;

/// <summary>Measurements and a model with a few constants to fit to them.</summary>
public sealed class FitProblem
{
    /// <summary>The constants, with bounds and starting values.</summary>
    public required IReadOnlyList<ConstantSpec> Constants { get; init; }

    /// <summary>Which constants are fitted; the others keep their starting values. All of them unless something else is said.</summary>
    public IReadOnlyList<bool> Free { get => field ??= [.. Constants.Select(_ => true)]; init; }

    /// <summary>Starting values, in the order of <see cref="Constants"/>: their own unless something else is said.</summary>
    public double[] Start { get => field ??= [.. Constants.Select(c => c.Start)]; init; }

    /// <summary>Measured seconds of each row, above 0.</summary>
    public required double[] Measured { get; init; }

    /// <summary>What is left out together in cross-validation: rows of one group are never split (an (n, k) pair, a configuration).</summary>
    public required int[] Groups { get; init; }

    /// <summary>Predicted seconds of a row under given constants.</summary>
    public required Func<int, double[], double> Predict { get; init; }

    /// <summary>Sizes of the rows, in the order the operator class names them.</summary>
    public IReadOnlyList<MeasuredSize> Sizes { get; init; } = [];

    /// <summary>A size of all rows.</summary>
    public static MeasuredSize Size(string name, IEnumerable<double> values)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (var value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return new MeasuredSize(name, new ValueRange(low, high));
    }

    /// <summary>Rows.</summary>
    public int Count => Measured.Length;
}
