using System.CommandLine;
using System.Globalization;
using LlmSim.Charts.Numbers;
using LlmSim.Cli.Output;
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
            var points = Points(file);
            var parts = new RunParts();
            var results = new List<(StudyPoint? Point, CapacityResult? Result, string? Impossible)>();
            using (var line = new ProgressLine(configuration.Error, arguments.Quiet(parsed)))
            {
                foreach (var point in points)
                {
                    var done = (double)results.Count / points.Length;
                    var progress = new Tried(rate => line.Report(done, _ => string.Create(CultureInfo.InvariantCulture, $"configuration {results.Count + 1} of {points.Length}, tried {rate:G4}")));
                    try
                    {
                        results.Add((point, CapacitySearch.Find(point is null ? file : file.With(point.Values), parts, progress, cancellation), null));
                    }
                    catch (ImpossibleException impossible)
                    {
                        results.Add((point, null, impossible.Message));
                    }
                }
            }

            var sheet = Table(results);
            if (arguments.Folder(parsed) is { } folder)
            {
                var csv = new StringWriter();
                sheet.WriteCsv(csv);
                Files.AtomicFile.WriteText(Path.Combine(folder, "capacity.csv"), csv.ToString());
            }

            if (arguments.Format(parsed) == OutputFormat.Table && results.Count == 1) WriteOne(results[0].Result, results[0].Impossible, configuration.Output);
            else sheet.Write(arguments.Format(parsed), configuration.Output);
            return Task.FromResult(results.Any(r => r.Result is { Met: true }) ? CommandLine.Done : CommandLine.Failed);
        });
        return command;
    }

    private static StudyPoint?[] Points(ScenarioFile file)
    {
        if (file.Scenario.Axes is null) return [null];
        var axes = StudyAxes.Read(file);
        return [.. Enumerable.Range(0, axes.Count).Select(axes.Point)];
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
            output.WriteLine($"The best that was reached: TTFT p99 {SiFormat.Value(s.Ttft.P99, Unit.Seconds)}, TPOT p99 {SiFormat.Value(s.Tpot.P99, Unit.Seconds)}.");
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
