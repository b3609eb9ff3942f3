namespace LlmSim.Fitting.Regression;

/// <summary>
/// Fits constants by Levenberg-Marquardt on log(predicted / measured), reweighted so that large residuals count by their size, not its square.
/// Steps are taken in the logarithm of each constant and stay within its bounds. Deterministic: no chance, one order of summation.
/// </summary>
/// <remarks>
/// Implementation note: own code rather than a library's, because the libraries at hand neither reweight nor keep bounds, and the models have kinks
/// (best of several tiles) at which their stopping rules give up.
/// </remarks>
public static class RobustFit
{
    // Residuals below this are squared, above it counted linearly (Huber): near the roughness of the measurements.
    private const double Linear = 0.04;
    private const int MaxSteps = 40;

    /// <summary>Fits on some rows.</summary>
    /// <param name="problem">Model and measurements.</param>
    /// <param name="rows">Rows to fit on.</param>
    /// <returns>All constants, fixed ones included.</returns>
    public static double[] Run(FitProblem problem, IReadOnlyList<int> rows)
    {
        // Descending again from where the polish ended lets each get over what stopped the other.
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(rows);
        var constants = problem.Start;
        for (var round = 0; round < 3; round++) constants = Descend(problem, rows, constants);
        return constants;
    }

    private static double[] Descend(FitProblem problem, IReadOnlyList<int> rows, double[] start)
    {
        var free = Enumerable.Range(0, problem.Constants.Count).Where(i => problem.Free[i]).ToArray();
        var constants = (double[])start.Clone();
        foreach (var i in free) constants[i] = Clamp(problem, i, constants[i]);
        var residuals = Residuals(problem, rows, constants);
        var cost = Cost(residuals);
        var damping = 1e-2;
        var stalled = 0;
        for (var step = 0; step < MaxSteps && stalled < 3; step++)
        {
            var jacobian = Jacobian(problem, rows, constants, free, residuals);
            var improved = false;
            for (var attempt = 0; attempt < 5 && !improved; attempt++)
            {
                var delta = Solve(jacobian, residuals, damping);
                var candidate = (double[])constants.Clone();
                for (var j = 0; j < free.Length; j++)
                    candidate[free[j]] = Clamp(problem, free[j], constants[free[j]] * Math.Exp(Math.Clamp(delta[j], -1.5, 1.5)));
                var next = Residuals(problem, rows, candidate);
                var nextCost = Cost(next);
                if (nextCost < cost)
                {
                    stalled = cost - nextCost < 1e-4 * cost ? stalled + 1 : 0;
                    (constants, residuals, cost) = (candidate, next, nextCost);
                    damping = Math.Max(damping / 4, 1e-6);
                    improved = true;
                }
                else
                {
                    damping *= 6;
                }
            }

            if (!improved) break;
        }

        return Polish(problem, rows, constants, free, cost);
    }

    /// <summary>
    /// A search along each constant in turn, with shrinking steps: gets over the kinks at which the slopes above mislead.
    /// </summary>
    private static double[] Polish(FitProblem problem, IReadOnlyList<int> rows, double[] constants, int[] free, double cost)
    {
        for (var size = 0.3; size > 0.01; size /= 2.5)
        {
            foreach (var i in free)
            {
                foreach (var direction in (ReadOnlySpan<double>)[size, -size])
                {
                    var candidate = (double[])constants.Clone();
                    candidate[i] = Clamp(problem, i, constants[i] * Math.Exp(direction));
                    if (candidate[i] == constants[i]) continue;
                    var next = Cost(Residuals(problem, rows, candidate));
                    if (next >= cost) continue;
                    (constants, cost) = (candidate, next);
                    break;
                }
            }
        }

        return constants;
    }

    /// <summary>Signed relative errors of some rows.</summary>
    public static double[] Errors(FitProblem problem, IEnumerable<int> rows, double[] constants)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return rows.Select(row => problem.Predict(row, constants) / problem.Measured[row] - 1).ToArray();
    }

    private static double Clamp(FitProblem problem, int i, double value) =>
        Math.Clamp(value, problem.Constants[i].Low, problem.Constants[i].High);

    private static double[] Residuals(FitProblem problem, IReadOnlyList<int> rows, double[] constants)
    {
        var residuals = new double[rows.Count];
        for (var i = 0; i < residuals.Length; i++) residuals[i] = Math.Log(problem.Predict(rows[i], constants) / problem.Measured[rows[i]]);
        return residuals;
    }

    private static double Cost(double[] residuals)
    {
        double sum = 0;
        foreach (var r in residuals)
        {
            var size = Math.Abs(r);
            sum += size < Linear ? size * size / (2 * Linear) : size - Linear / 2;
        }

        return sum;
    }

    private static double[][] Jacobian(FitProblem problem, IReadOnlyList<int> rows, double[] constants, int[] free, double[] residuals)
    {
        const double Step = 1e-3;
        var columns = new double[free.Length][];
        for (var j = 0; j < free.Length; j++)
        {
            var moved = (double[])constants.Clone();
            // Away from the bound, so that a constant at its bound still shows its slope.
            var direction = constants[free[j]] * Math.Exp(Step) > problem.Constants[free[j]].High ? -Step : Step;
            moved[free[j]] = constants[free[j]] * Math.Exp(direction);
            var there = Residuals(problem, rows, moved);
            for (var i = 0; i < there.Length; i++) there[i] = (there[i] - residuals[i]) / direction;
            columns[j] = there;
        }

        return columns;
    }

    private static double[] Solve(double[][] jacobian, double[] residuals, double damping)
    {
        var n = jacobian.Length;
        var normal = new double[n, n + 1];
        for (var i = 0; i < residuals.Length; i++)
        {
            var weight = 1 / Math.Max(Math.Abs(residuals[i]), Linear);
            for (var a = 0; a < n; a++)
            {
                var left = weight * jacobian[a][i];
                for (var b = 0; b <= a; b++) normal[a, b] += left * jacobian[b][i];
                normal[a, n] -= left * residuals[i];
            }
        }

        double trace = 0;
        for (var a = 0; a < n; a++)
        {
            for (var b = 0; b < a; b++) normal[b, a] = normal[a, b];
            trace += normal[a, a];
        }

        // The small share of the trace keeps constants that nothing depends on where they are.
        for (var a = 0; a < n; a++) normal[a, a] += damping * normal[a, a] + 1e-9 * trace + 1e-12;
        return Eliminate(normal, n);
    }

    private static double[] Eliminate(double[,] m, int n)
    {
        for (var column = 0; column < n; column++)
        {
            var pivot = column;
            for (var row = column + 1; row < n; row++)
                if (Math.Abs(m[row, column]) > Math.Abs(m[pivot, column])) pivot = row;
            if (pivot != column)
                for (var k = column; k <= n; k++) (m[column, k], m[pivot, k]) = (m[pivot, k], m[column, k]);
            for (var row = column + 1; row < n; row++)
            {
                var factor = m[row, column] / m[column, column];
                for (var k = column; k <= n; k++) m[row, k] -= factor * m[column, k];
            }
        }

        var x = new double[n];
        for (var row = n - 1; row >= 0; row--)
        {
            var sum = m[row, n];
            for (var k = row + 1; k < n; k++) sum -= m[row, k] * x[k];
            x[row] = sum / m[row, row];
        }

        return x;
    }
}
