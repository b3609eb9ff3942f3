namespace LlmSim.Fitting.Regression;

/// <summary>Errors on rows that took no part in the fit.</summary>
/// <param name="Constants">Constants fitted on all rows.</param>
/// <param name="Fitted">Errors of those constants on the rows they were fitted on.</param>
/// <param name="HeldOut">Errors of each row under constants fitted without its group.</param>
/// <param name="HeldOutPredictions">Predicted seconds of each row, by those constants.</param>
public sealed record CrossValidated(double[] Constants, ErrorStatistics Fitted, ErrorStatistics HeldOut, double[] HeldOutPredictions);

/// <summary>Cross-validation that leaves out whole groups.</summary>
public static class CrossValidation
{
    /// <summary>Folds.</summary>
    public const int Folds = 5;

    /// <summary>Fits on all rows, then five times without a fifth of the groups each.</summary>
    public static CrossValidated Run(FitProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        var all = Enumerable.Range(0, problem.Count).ToArray();
        var constants = RobustFit.Run(problem, all);
        var fitted = ErrorStatistics.Of(RobustFit.Errors(problem, all, constants));
        var predictions = new double[problem.Count];
        var errors = new double[problem.Count];
        for (var fold = 0; fold < Folds; fold++)
        {
            var rest = all.Where(i => FoldOf(problem.Groups[i]) != fold).ToArray();
            var left = all.Where(i => FoldOf(problem.Groups[i]) == fold).ToArray();
            if (left.Length == 0) continue;
            // Begins at the problem's own start: beginning at the constants of all rows would let the left-out rows in.
            var without = rest.Length == 0 ? problem.Start : RobustFit.Run(problem, rest);
            foreach (var i in left)
            {
                predictions[i] = problem.Predict(i, without);
                errors[i] = predictions[i] / problem.Measured[i] - 1;
            }
        }

        return new CrossValidated(constants, fitted, ErrorStatistics.Of(errors), predictions);
    }

    // Neighbouring groups go to different folds without a pattern that could align with powers of two.
    private static int FoldOf(int group) => (int)((uint)group * 2654435761u >> 7) % Folds is var fold && fold < 0 ? fold + Folds : fold;
}
