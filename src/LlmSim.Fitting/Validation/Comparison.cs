using LlmSim.Fitting.Regression;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Validation;

/// <summary>Compares given constants with the rows of a problem.</summary>
internal static class Comparison
{
    private const int LeastRows = 200;

    public static ValidationRow Of(
        string group, string device, string subject, string data, HeldOut heldOut, double? target, FitProblem problem, double[] constants, ValidationOptions options)
    {
        var rows = new List<(double Predicted, double Measured)>();
        // A few rows of a small table say nothing about it.
        var sample = Math.Min(options.Sample, Math.Max(1, problem.Count / LeastRows));
        for (var i = 0; i < problem.Count; i++)
        {
            // Spread without a step: tables list powers of two, and a step would hit the same sizes again and again.
            if ((uint)i * 2654435761u / 4096 % (uint)sample == 0) rows.Add((problem.Predict(i, constants), problem.Measured[i]));
        }

        return Of(group, device, subject, data, heldOut, target, rows, options);
    }

    public static ValidationRow Of(
        string group, string device, string subject, string data, HeldOut heldOut, double? target,
        IReadOnlyList<(double Predicted, double Measured)> rows, ValidationOptions options)
    {
        var errors = ErrorStatistics.Of([.. rows.Select(r => r.Predicted / r.Measured - 1)]);
        var points = new List<(double, double)>();
        var step = Math.Max(1, rows.Count / Math.Max(1, options.ScatterPoints));
        for (var i = 0; i < rows.Count && points.Count < options.ScatterPoints; i += step) points.Add(rows[i]);
        return new ValidationRow(group, device, subject, data, heldOut, errors, target, points);
    }

    /// <summary>The constants of a device for a class, format and kernel library, in the class's order; null where its file has none.</summary>
    public static (double[] Values, TimeConstants Constants)? ConstantsOf(Device device, FitTarget target) =>
        ConstantsOf(device, target.Class, c => c.Format == target.Format && c.Kernels == target.Kernels);

    public static (double[] Values, TimeConstants Constants)? ConstantsOf(Device device, OperatorClass kind, Func<TimeConstants, bool> suits)
    {
        var found = device.TimeConstants.FirstOrDefault(c => c.Class == kind.Name && suits(c));
        return found is null ? null : (kind.Values(found), found);
    }
}
