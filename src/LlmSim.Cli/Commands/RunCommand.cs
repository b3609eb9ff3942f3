using System.CommandLine;
using System.Globalization;
using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Svg;
using LlmSim.Cli.Options;
using LlmSim.Cli.Output;
using LlmSim.Files;
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
        """;

    private const string SkipBadRows = "workload.skipBadRows=true";

    public static Command Create()
    {
        var scenario = new Argument<string>("SCENARIO") { Description = "a scenario file" };
        var set = new Option<string[]>("--set") { Description = "sets a member of the scenario: --set workload.arrivals.rate=6 (may be repeated)", HelpName = "PATH=VALUE" };
        var skip = new Option<bool>("--skip-bad-rows") { Description = "leave out malformed rows of a trace and count them" };
        var @out = CommonOptions.Out("the run folder (default: runs/ and the scenario's name)");
        var format = CommonOptions.Format();
        var quiet = CommonOptions.Quiet();
        var command = new Command("run", Help) { scenario, set, skip, @out, format, quiet };
        command.SetAction((parsed, cancellation) =>
        {
            string[] overrides = parsed.GetValue(skip) ? [.. parsed.GetValue(set) ?? [], SkipBadRows] : parsed.GetValue(set) ?? [];
            var file = ScenarioFile.Load(parsed.GetValue(scenario)!, overrides);
            if (file.Scenario.Workload is null)
                throw new InputException(new InputError(file.Path, 0, "workload", "is missing", "add a workload, or ask 'llmsim analyze' for a single pass"));
            var folder = parsed.GetValue(@out) ?? Path.Combine("runs", file.Name);
            var configuration = parsed.InvocationConfiguration;
            RunResult result;
            using (var line = new ProgressLine(configuration.Error, parsed.GetValue(quiet)))
                result = RunFolder.Write(file, folder, WriteCharts, progress: new Reporter(line), cancellation: cancellation);
            Write(result, parsed.GetValue(format), configuration.Output);
            if (!parsed.GetValue(quiet))
            {
                foreach (var note in result.Summary.Notes) configuration.Error.WriteLine("note: " + note);
                configuration.Error.WriteLine($"{Rate(result)}; results in {Path.GetFullPath(folder)}");
            }

            return Task.FromResult(CommandLine.Done);
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

    private static void WriteCharts(RunResult result, string folder)
    {
        foreach (var (name, chart) in RunCharts.All(result))
        {
            new SvgRenderer().Save(chart, Path.Combine(folder, name + ".svg"));
            File.WriteAllText(Path.Combine(folder, name + ".csv"), ChartCsv.Write(chart));
        }

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
