using LlmSim.Files;
using LlmSim.Fitting.Serving;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Engines;

namespace LlmSim.Fitting.Validation;

/// <summary>Compares the time models with everything that was measured.</summary>
public static class ValidationRun
{
    /// <summary>Names of the groups of comparisons.</summary>
    public static IReadOnlyList<string> Groups { get; } = ["operators", "devices", "iterations", "forward passes", "serving", "published"];

    /// <summary>Runs all comparisons, or those of one group.</summary>
    /// <param name="dataFolder">The folder that holds <c>operators/</c>.</param>
    /// <param name="options">What to do.</param>
    /// <param name="progress">Takes one line for each fit or comparison; may be null.</param>
    /// <param name="catalogue">The devices; null takes those that come with the program.</param>
    /// <exception cref="InputException">The folder is not there, or a table in it is damaged.</exception>
    public static ValidationReport Run(string dataFolder, ValidationOptions options, Action<string>? progress = null, HardwareCatalogue? catalogue = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        catalogue ??= HardwareCatalogue.Default;
        if (!Directory.Exists(Path.Combine(dataFolder, "operators")))
            throw new InputException(new InputError(dataFolder, 0, "", "holds no folder \"operators\"", "name the folder with the measured tables"));
        var targets = FitTargets.All.Where(t => options.Tables.All(word => t.Label.Split(' ').Contains(word, StringComparer.OrdinalIgnoreCase))).ToList();
        if (targets.Count == 0)
            throw new InputException(new InputError("--table", 0, "", $"no operator table has the words \"{string.Join(' ', options.Tables)}\"", "for example: rtx-4090 gemm"));
        var rows = new List<ValidationRow>();
        var notes = new List<string>();
        if (options.Fit && Wanted("operators"))
        {
            var results = FittingRun.Run(dataFolder, catalogue, targets, progress);
            rows.AddRange(results.Select(r => OperatorChecks.Row(r, options)));
            if (options.Write) FittingRun.Write(results, catalogue);
        }
        else if (!options.Fit && Wanted("operators"))
        {
            Add(OperatorChecks.Run(dataFolder, catalogue, targets, options, notes));
        }

        if (Wanted("devices")) Add(TransferChecks.Run(dataFolder, catalogue, options));
        if (Wanted("iterations")) Add(IterationChecks.Run(dataFolder, catalogue, options));
        if (Wanted("forward passes")) Add(ForwardPassChecks.Run(dataFolder, catalogue, options, notes));
        if (options.Fit && Wanted("serving") && EngineFit.Run(dataFolder, catalogue) is { } engine)
        {
            progress?.Invoke(engine.Stated);
            if (options.Write) EngineTimesWriter.Write(EngineTimes.PathIn(catalogue.Folder), engine);
        }

        var replays = new List<ReplayedRun>();
        if (Wanted("serving")) Add(ServingChecks.Run(dataFolder, catalogue, options, notes, replays));
        if (Wanted("published")) Add(PublishedChecks.Run(dataFolder, options, notes));
        return new ValidationReport(rows, notes) { Replays = replays };

        bool Wanted(string group) => options.Tables.Count > 0 ? group == "operators" : options.Only is null || options.Only == group;

        void Add(IEnumerable<ValidationRow> checks)
        {
            foreach (var row in checks)
            {
                rows.Add(row);
                progress?.Invoke(FormattableString.Invariant($"{row.Device} {row.Subject}: {row.Errors.Points} points, {100 * row.Errors.Mean:F1} %"));
            }
        }
    }
}
