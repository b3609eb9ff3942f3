using System.CommandLine;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using LlmSim.Charts.Numbers;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Studies.Capacity;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

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
            List<(StudyPoint? Point, CapacityResult? Result, string? Impossible)> results;
            using (var line = new ProgressLine(configuration.Error, arguments.Quiet(parsed)))
                results = Search(file, axes, line, cancellation);

            var sheet = Table(results);
            if (folder is not null)
            {
                using (var csv = new StreamWriter(folder.File("capacity.csv"))) sheet.WriteCsv(csv);
                folder.Commit();
            }

            if (arguments.Format(parsed) == OutputFormat.Table && results.Count == 1) WriteOne(results[0].Result, results[0].Impossible, configuration.Output);
            else sheet.Write(arguments.Format(parsed), configuration.Output);
            return Task.FromResult(results.Any(r => r.Result is { Met: true }) ? CommandLine.Done : CommandLine.Failed);
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
            var written = file.Root.Member("axes")!;
            List<KeyValuePair<string, JsonValue>> kept = [.. written.Members.Where(m => m.Key != load)];
            file = file.With([new("axes", new JsonValue { File = written.File, Line = written.Line, Kind = kept.Count > 0 ? JsonValueKind.Object : JsonValueKind.Null, Members = kept })]);
            axes = StudyAxes.Read(file);
        }

        axes.Check(file);
        return axes;
    }

    /// <summary>Searches each configuration, one on each core; the results stand in the order of the points.</summary>
    private static List<(StudyPoint? Point, CapacityResult? Result, string? Impossible)> Search(ScenarioFile file, StudyAxes axes, ProgressLine line, CancellationToken cancellation)
    {
        var parts = new RunParts();
        var results = new (StudyPoint? Point, CapacityResult? Result, string? Impossible)[axes.Count];
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
                    results[i] = (point, CapacitySearch.Find(point is null ? file : file.With(point.Values), parts, progress, cancellation), null);
                }
                catch (ImpossibleException impossible)
                {
                    results[i] = (point, null, impossible.Message);
                }

                lock (results) done++;
            });
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        return [.. results];
    }

    private static void WriteOne(CapacityResult? result, string? impossible, TextWriter output)
    {
        if (result is null)
        {
            output.WriteLine(impossible);
            return;
        }

        var s = result.AtCapacity;
        if (!result.Met)
        {
            output.WriteLine($"No load meets the SLO: even at the lowest that was tried, {result.Limit} is missed.");
            output.WriteLine($"The best that was reached: TTFT p99 {SiFormat.Value(s.Ttft.P99, Unit.Seconds)}, TPOT p99 {SiFormat.Value(s.Tpot.P99, Unit.Seconds)}, {SiFormat.Value(s.GoodputShare, Unit.Share)} of the requests good.");
            return;
        }

        output.WriteLine($"Capacity: {SiFormat.Significant(result.Rate.Mean)} {result.Unit}{(double.IsNaN(result.Rate.HalfWidth) ? "" : $" ± {SiFormat.Significant(result.Rate.HalfWidth)}")} (within {CapacitySearch.Precision * 100:0} %, {result.Runs} runs).");
        output.WriteLine($"There: {SiFormat.Value(s.Throughput.OutputTokensPerSecond, Unit.TokensPerSecond)} out, TTFT p99 {SiFormat.Value(s.Ttft.P99, Unit.Seconds)}, TPOT p99 {SiFormat.Value(s.Tpot.P99, Unit.Seconds)}.");
        if (s.Economy.UsdPerMillionOutputTokens is { } usd)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Cost: {usd:0.##} USD and {(s.Economy.JoulesPerOutputToken ?? double.NaN) / 3.6:0.##} kWh per million output tokens."));
        output.WriteLine(result.Limit.Length > 0 ? $"Beyond it, {result.Limit} fails first." : "No limit was found.");
        output.WriteLine(s.Bottleneck);
        output.WriteLine($"Step times: {s.TimeModel.StatedError}");
    }

    private static Sheet Table(List<(StudyPoint? Point, CapacityResult? Result, string? Impossible)> results)
    {
        string[] axes = [.. results[0].Point?.Values.Select(v => v.Key) ?? []];
        var sheet = new Sheet([.. axes, "capacity", "±", "unit", "fails first", "tokens/s/user", "tokens/s/device", "USD/M tokens", "front"]);
        var front = ParetoFront.Of([.. results.Select(r => r.Result is { Met: true } c
            ? (c.AtCapacity.Throughput.OutputTokensPerSecondPerUser, c.AtCapacity.Throughput.OutputTokensPerSecondPerDevice) : (0, 0))]);
        for (var i = 0; i < results.Count; i++)
        {
            var (point, result, impossible) = results[i];
            var s = result?.AtCapacity;
            sheet.Add(
            [
                .. point?.Values.Select(v => (Cell)StudyTables.Shown(v.Value)) ?? [],
                Cell.Si(result?.Rate.Mean ?? double.NaN), Cell.Si(result?.Rate.HalfWidth ?? double.NaN), result?.Unit ?? "", impossible ?? (result!.Met ? result.Limit : "no load meets the SLO: " + result.Limit),
                Cell.Si(s?.Throughput.OutputTokensPerSecondPerUser ?? double.NaN), Cell.Si(s?.Throughput.OutputTokensPerSecondPerDevice ?? double.NaN),
                Cell.Si(s?.Economy.UsdPerMillionOutputTokens ?? double.NaN), front.Contains(i) && result is { Met: true } ? "yes" : "",
            ]);
        }

        return sheet;
    }

    private sealed class Tried(Action<double> tell) : IProgress<(double Rate, bool Met)>
    {
        public void Report((double Rate, bool Met) value) => tell(value.Rate);
    }
}
