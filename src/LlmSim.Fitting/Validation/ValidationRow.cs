using LlmSim.Fitting.Regression;

namespace LlmSim.Fitting.Validation;

/// <summary>How a prediction was kept apart from the measurements it is compared with.</summary>
public enum HeldOut
{
    /// <summary>Constants in the hardware file against the table they were fitted on: shows that nothing broke, not how good they are.</summary>
    None,

    /// <summary>Cross-validated: whole shapes were left out of the fit that predicts them.</summary>
    ByShape,

    /// <summary>Constants of another device.</summary>
    ByDevice,

    /// <summary>Measurements by other people that no fit saw.</summary>
    Independent,
}

/// <summary>One comparison of predictions with measurements.</summary>
/// <param name="Group">"operators", "devices", "independent", "iterations", "forward passes", "serving".</param>
/// <param name="Device">Catalogue name of the device measured.</param>
/// <param name="Subject">What was compared: "gemm bf16 vllm-0.24.0".</param>
/// <param name="Data">Where the measurements come from.</param>
/// <param name="HeldOut">How predictions were kept apart from them.</param>
/// <param name="Errors">The errors.</param>
/// <param name="Target">Mean error set out for, as a fraction; null where there is none.</param>
/// <param name="Points">Some points for a scatter plot: predicted and measured seconds.</param>
public sealed record ValidationRow(
    string Group, string Device, string Subject, string Data, HeldOut HeldOut, ErrorStatistics Errors, double? Target,
    IReadOnlyList<(double Predicted, double Measured)> Points)
{
    /// <summary>Whether the target was reached; null where there is none.</summary>
    public bool? Reached => Target is { } target ? Errors.Mean <= target : null;

    /// <summary>A mean error above which something broke since the constants were fitted (for figures of serving runs, a quarter above the target); null where no such figure is known.</summary>
    public double? Limit { get; init; }

    /// <summary>Where a row compares one figure of a whole run, such as a mean or a percentile: predicted and measured, in seconds or per second; else null.</summary>
    public (double Predicted, double Measured)? Figure { get; init; }
}
