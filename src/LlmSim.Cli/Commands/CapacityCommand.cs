using System.CommandLine;
using System.Globalization;
using System.Runtime.ExceptionServices;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Studies.Capacity;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim capacity</c>: the highest load that still meets the SLO.</summary>
internal static class CapacityCommand
{
    private const string Help = """
        Finds the highest load that still meets the scenario's SLO; for each point of its axes, where it has some.

        Examples:
          llmsim capacity scenarios/quick-start.json
          llmsim capacity scenarios/quick-start.json --set machine.tensorParallel=2 --format json
        """;

    public static Command Create()
    {
        var arguments = new ScenarioArguments("write capacity.csv into this folder");
        var command = new Command("capacity", Help);
        arguments.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var file = arguments.Load(parsed);
            var configuration = parsed.InvocationConfiguration;
            var axes = Axes(ref file, out var note);
            if (note.Length > 0 && !arguments.Quiet(parsed)) configuration.Error.WriteLine("note: " + note);
            // Begun first: a folder that cannot be written is said before hours of search.
            using var folder = arguments.Folder(parsed) is { } path ? new AtomicFolder(path) : null;
            IReadOnlyList<CapacityRow> results;
            using (var line = new ProgressLine(configuration.Error, arguments.Quiet(parsed)))
                results = Search(file, axes, line, cancellation);

            // Shown before it is written: a disk that has filled up meanwhile does not take hours of search with it.
            var (format, output) = (arguments.Format(parsed), configuration.Output);
            if (format != OutputFormat.Table) CapacityOutput.Data(results).Write(format, output);
            else if (results is [var only]) CapacityOutput.WriteOne(only, output);
            else CapacityOutput.WriteTable(results, output);
            if (folder is not null)
            {
                using (var csv = new StreamWriter(folder.File("capacity.csv"))) CapacityOutput.Data(results).WriteCsv(csv);
                folder.Commit();
            }

            return Task.FromResult(results.Any(r => r.IsMet) ? CommandLine.Done : CommandLine.Failed);
        });
        return command;
    }

    /// <summary>The axes but for the load, which is what the search varies.</summary>
    private static StudyAxes Axes(ref ScenarioFile file, out string note)
    {
        note = "";
        var axes = StudyAxes.Read(file);
        var load = CapacitySearch.LoadPath(file);
        if (axes.Axes.Any(a => a.Path == load))
        {
            note = $"the axis over {load} is left out: the search varies it";
            file = file.With(AxesEdit.Without(file.Root, path => path == load ? null : path));
            axes = StudyAxes.Read(file);
        }

        axes.Check(file);
        return axes;
    }

    /// <summary>Searches each configuration, one on each core; the results stand in the order of the points.</summary>
    private static CapacityRow[] Search(ScenarioFile file, StudyAxes axes, ProgressLine line, CancellationToken cancellation)
    {
        var parts = new RunParts();
        var results = new CapacityRow[axes.Count];
        var done = 0;
        var progress = new Tried(rate =>
        {
            lock (results)
                line.Report((double)done / results.Length, _ => string.Create(CultureInfo.InvariantCulture, $"{done} of {results.Length} configurations searched, tried {rate:G4}"));
        });
        try
        {
            Parallel.For(0, results.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                var point = file.Scenario.Axes is null ? null : axes.Point(i);
                try
                {
                    results[i] = new CapacityRow(point, CapacitySearch.Find(point is null ? file : file.With(point.Values), parts, progress, cancellation), null);
                }
                catch (ImpossibleException impossible)
                {
                    results[i] = new CapacityRow(point, null, impossible.Message);
                }

                lock (results) done++;
            });
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        return results;
    }

    private sealed class Tried(Action<double> tell) : IProgress<(double Rate, bool Met)>
    {
        public void Report((double Rate, bool Met) value) => tell(value.Rate);
    }
}
