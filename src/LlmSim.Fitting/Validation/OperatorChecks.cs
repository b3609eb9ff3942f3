using LlmSim.Machines.Hardware;

namespace LlmSim.Fitting.Validation;

/// <summary>Operator tables against the constants in the hardware files, or against a fresh fit, cross-validated.</summary>
internal static class OperatorChecks
{
    // How much worse than its held-out error a set of constants may do before it counts as broken: the sample differs from the whole, and the
    // constants are rounded when written.
    private const double Slack = 1.15, SlackPoints = 0.01;

    public static IEnumerable<ValidationRow> Run(string dataFolder, HardwareCatalogue catalogue, IReadOnlyList<FitTarget> targets, ValidationOptions options, List<string> notes)
    {
        foreach (var target in targets)
        {
            var device = catalogue.Find(target.Device);
            var subject = Subject(target);
            if (Comparison.ConstantsOf(device, target) is not { } known)
            {
                notes.Add($"{target.Label}: the hardware file has no such constants; fit them with --fit");
                continue;
            }

            var row = Comparison.Of("operators", target.Device, subject, target.Data, HeldOut.None, null, target.Build(dataFolder, device), known.Values, options);
            yield return row with { Limit = known.Constants.HeldOutError * Slack + SlackPoints };
        }
    }

    public static ValidationRow Row(FitResult result, ValidationOptions options) => Comparison.Of(
        "operators", result.Target.Device, Subject(result.Target), result.Target.Data, HeldOut.ByShape, result.Target.HeldOutTarget, result.Predictions, options);

    private static string Subject(FitTarget target) => target.Label[(target.Device.Length + 1)..];
}
