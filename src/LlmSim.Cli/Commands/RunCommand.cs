using System.CommandLine;
using System.Globalization;
using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Cli.Output;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim run</c>: one simulation of a serving system.</summary>
internal static class RunCommand
{
    private const string Help = """
        Runs one simulation: requests arrive, are batched, take KV blocks, get tokens, leave. Writes a run folder.

        Examples:
          llmsim run scenarios/quick-start.json
          llmsim run scenarios/quick-start.json --set workload.arrivals.rate=6 --set engine.policy=sarathi
          llmsim run scenarios/quick-start.json --set workload.trace=conv.csv --out runs/conv

        A scenario without a workload is a study of forward passes over its axes:
          llmsim run scenarios/survey/figure-08.json
        """;

    public static Command Create()
    {
        var arguments = new ScenarioArguments("the run folder (default: runs/ and the scenario's name)");
        var command = new Command("run", Help);
        arguments.AddTo(command);
        arguments.AddRendererTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var file = arguments.Load(parsed);
            var folder = arguments.Folder(parsed) ?? Path.Combine("runs", file.Name);
            var configuration = parsed.InvocationConfiguration;
            var renderer = arguments.Renderer(parsed);
            if (file.Scenario.Workload is null)
            {
                PassStudyCommand.Run(file, folder, arguments.Format(parsed), arguments.Quiet(parsed), configuration, cancellation);
                return Task.FromResult(CommandLine.Done);
            }

            // The axes are checked though they are not run: what is wrong in a file is said wherever it is read.
            var axes = StudyAxes.Read(file);
            axes.Check(file);
            var points = axes.Count;
            RunResult result;
            using (var line = new ProgressLine(configuration.Error, arguments.Quiet(parsed)))
                result = RunFolder.Write(file, folder, (run, path) => WriteCharts(run, path, renderer), progress: new Reporter(line), cancellation: cancellation);
            Write(result, arguments.Format(parsed), configuration.Output);
            if (!arguments.Quiet(parsed))
            {
                if (points > 1) configuration.Error.WriteLine($"note: run takes the scenario as it stands; its axes span {points:N0} points, which 'llmsim sweep' runs");
                foreach (var note in result.Summary.Notes) configuration.Error.WriteLine("note: " + note);
                configuration.Error.WriteLine($"{Rate(result)}; results in {Path.GetFullPath(folder)}");
            }

            // A run in which nothing finished is no result to build on.
            return Task.FromResult(result.Summary.Requests.Completed > 0 ? CommandLine.Done : CommandLine.Failed);
        });
        return command;
    }

    private static string Rate(RunResult result)
    {
        var wall = Math.Max(result.SimulationWallSeconds, 1e-6);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"simulated {result.Rows.Length:N0} requests in {SiFormat.Value(wall, Unit.Seconds)} ({SiFormat.Significant(result.Summary.SimulatedSeconds / wall)} times real time)");
    }

    private static void WriteCharts(RunResult result, string folder, IChartRenderer? renderer)
    {
        foreach (var (name, chart) in RunCharts.All(result)) ChartFiles.Write(chart, folder, name, renderer);
        File.WriteAllText(Path.Combine(folder, "report.html"), RunReport.Write(result));
    }

    private static void Write(RunResult result, OutputFormat format, TextWriter output)
    {
        if (format == OutputFormat.Json) output.WriteLine(System.Text.Encoding.UTF8.GetString(SummaryJson.Write(result.Summary)));
        else if (format == OutputFormat.Csv) SummaryOutput.Latencies(result.Summary).WriteCsv(output);
        else SummaryOutput.WriteTable(result, output);
    }

    private sealed class Reporter(ProgressLine line) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => line.Report(value.Fraction, seconds => string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Taken:N0}{(value.Total is { } total ? $" of {total:N0}" : "")} requests, {value.Taken / seconds:N0} requests/s, {value.SimulatedSeconds / seconds:N0} simulated s/s"));
    }
}
