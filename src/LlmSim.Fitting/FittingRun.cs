using LlmSim.Fitting.Regression;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting;

/// <summary>One finished fit.</summary>
/// <param name="Target">What was fitted.</param>
/// <param name="Constants">The constants as they are written.</param>
/// <param name="Fitted">Errors on the rows fitted on.</param>
/// <param name="HeldOut">Errors on rows left out.</param>
/// <param name="Predictions">Predicted seconds of each row by constants fitted without its group, and measured ones.</param>
public sealed record FitResult(
    FitTarget Target, TimeConstants Constants, ErrorStatistics Fitted, ErrorStatistics HeldOut, IReadOnlyList<(double Predicted, double Measured)> Predictions);

/// <summary>Fits the constants of every target and writes them into the hardware files.</summary>
public static class FittingRun
{
    /// <summary>Fits; nothing is written.</summary>
    /// <param name="dataFolder">The folder that holds <c>operators/</c>.</param>
    /// <param name="catalogue">The devices.</param>
    /// <param name="targets">What to fit; null fits everything.</param>
    /// <param name="progress">Takes one line for each fit; may be null.</param>
    public static IReadOnlyList<FitResult> Run(
        string dataFolder, HardwareCatalogue catalogue, IReadOnlyList<FitTarget>? targets = null, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        var results = new List<FitResult>();
        catalogue = new HardwareCatalogue(catalogue.Folder, withConstants: false);
        foreach (var target in targets ?? FitTargets.All)
        {
            var problem = target.Build(dataFolder, catalogue.Find(target.Device));
            var fit = CrossValidation.Run(problem);
            results.Add(new FitResult(target, Constants(target, problem, fit), fit.Fitted, fit.HeldOut,
                [.. fit.HeldOutPredictions.Zip(problem.Measured)]));
            progress?.Invoke(FormattableString.Invariant(
                $"{target.Label}: {problem.Count} points, {100 * fit.Fitted.Mean:F1} % fitted, {100 * fit.HeldOut.Mean:F1} % held out"));
        }

        return results;
    }

    /// <summary>
    /// Writes constants into the files of their devices, beside those that were not fitted this time, and what others may borrow beside them.
    /// </summary>
    public static void Write(IReadOnlyList<FitResult> results, HardwareCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(catalogue);
        foreach (var device in results.GroupBy(r => r.Target.Device))
            ConstantsWriter.MergeDevice(catalogue.PathOf(device.Key), [.. device.Select(r => r.Constants)], [.. FitTargets.All.Where(t => t.Device == device.Key)]);
        // From the files, so that a fit in parts lends what a fit in one go would.
        ConstantsWriter.WriteUnfitted(catalogue.Folder, Borrowable(new HardwareCatalogue(catalogue.Folder)));
    }

    /// <summary>Medians by architecture, and over architectures, of what may be borrowed.</summary>
    internal static IReadOnlyList<KeyValuePair<string, IReadOnlyList<TimeConstants>>> Borrowable(HardwareCatalogue catalogue)
    {
        var measured = FitTargets.All.Select(t => t.Device).Distinct().Where(d => File.Exists(catalogue.PathOf(d)));
        var lenders = measured.Select(catalogue.Find).Where(d => d.ConstantsTransfer)
            .SelectMany(d => d.TimeConstants.Where(c => c.Class != OperatorClasses.AllReduce.Name && c.Class != OperatorClasses.UnevenDecodes.Name).Select(c => (Device: d, Constants: c))).ToList();
        var written = new List<KeyValuePair<string, IReadOnlyList<TimeConstants>>>();
        foreach (var architecture in lenders.Select(l => l.Device.Architecture).Distinct().Order(StringComparer.Ordinal))
            written.Add(new(architecture, Medians(lenders.Where(l => l.Device.Architecture == architecture).ToList())));
        // Of each architecture one voice, so that three Hoppers do not outvote the rest.
        var voices = written.SelectMany(w => w.Value.Select(c => (Device: lenders.First(l => l.Device.Architecture == w.Key).Device, Constants: c))).ToList();
        written.Add(new(UnfittedConstants.AnyArchitecture, Medians(voices)));
        return written;
    }

    private static List<TimeConstants> Medians(List<(Device Device, TimeConstants Constants)> lenders)
    {
        var medians = new List<TimeConstants>();
        foreach (var group in lenders.GroupBy(l => (l.Constants.Class, l.Constants.Format)))
        {
            // Of a device's several kernel libraries the first speaks.
            var voices = group.GroupBy(l => l.Device.Name + l.Device.Architecture).Select(g => g.First()).ToList();
            var kind = OperatorClasses.Find(group.Key.Class)!;
            medians.Add(voices[0].Constants with
            {
                Kernels = "",
                Source = ConstantSource.Borrowed,
                FittedOn = "median of " + string.Join(", ", voices.Select(v => v.Constants.Source == ConstantSource.Borrowed ? v.Device.Architecture : v.Device.Name)),
                Points = voices.Sum(v => v.Constants.Points),
                // Between devices errors are about half as large again as between shapes (docs/validation.md).
                HeldOutError = 1.5 * voices.Max(v => v.Constants.HeldOutError),
                Values = kind.Constants.Where(s => voices.Any(v => v.Constants.Values.ContainsKey(s.Name)))
                    .ToDictionary(s => s.Name, s => Median(voices.Where(v => v.Constants.Values.ContainsKey(s.Name)).Select(v => v.Constants.Values[s.Name]))),
            });
        }

        return medians;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        // The lower of two middle values: a flag (splits) must not become a half.
        return sorted[(sorted.Length - 1) / 2];
    }

    private static TimeConstants Constants(FitTarget target, FitProblem problem, CrossValidated fit)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var i = 0; i < problem.Constants.Count; i++)
        {
            // What was not fitted says nothing, except the choice of kernel.
            if (problem.Free[i] || problem.Constants[i].Name is "splits" or "tiles") values[problem.Constants[i].Name] = fit.Constants[i];
        }

        return new TimeConstants
        {
            Class = target.Class.Name,
            Format = target.Format,
            Kernels = target.Kernels,
            Source = ConstantSource.Fitted,
            FittedOn = target.Data,
            Points = problem.Count,
            HeldOutError = fit.HeldOut.Mean,
            Values = values,
            Measured = problem.Sizes,
        };
    }
}
