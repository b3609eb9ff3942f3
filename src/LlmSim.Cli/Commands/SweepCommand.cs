using System.CommandLine;
using System.Globalization;
using System.Text;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim sweep</c>: a study over the axes in a scenario.</summary>
internal static class SweepCommand
{
    private const string Help = """
        Runs the axes in a scenario, one simulation on each core, and draws their curves. An interrupted study goes on where it was.

        An axis is a list or a range, axes cross, zipped ones move together:
          "axes": { "engine.policy": ["vllm-v1", "sarathi"], "workload.arrivals.rate": { "from": 1, "to": 8, "steps": 8, "scale": "linear" } }
          "axes": { "groups[0].count": [1, 2], "groups[1].count": [2, 1] }, "zip": [["groups[0].count", "groups[1].count"]]

        Metrics: ttft, tpot, itl and e2e with .mean, .p50, .p90 or .p99; goodput, goodputShare, throughput.outputTokensPerSecond, …;
        all of them stand in docs/studies.md and in the message about an unknown one.

        Examples:
          llmsim sweep scenarios/policy-comparison.json
          llmsim sweep scenarios/policy-comparison.json --metric ttft.p99 --metric goodput --workers 2
        """;

    // More rows than this nobody reads on a terminal.
    private const int MostRows = 200;

    private static readonly string[] DefaultMetrics = ["ttft.p99", "tpot.p99", "throughput.outputTokensPerSecond", "goodputShare"];

    public static Command Create()
    {
        var arguments = new ScenarioArguments("the study's folder (default: runs/ and the scenario's name and -sweep)");
        var metric = new Option<string[]>("--metric") { Description = "a metric to show (may be repeated); CSV and JSON hold all", HelpName = "NAME" };
        var workers = new Option<int?>("--workers") { Description = "simulations at once (default: one on each core); results do not depend on it", HelpName = "N" };
        var command = new Command("sweep", Help) { metric, workers };
        arguments.AddTo(command);
        arguments.AddRendererTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var errors = new InputErrors();
            var atOnce = parsed.GetValue(workers);
            if (atOnce < 1) errors.Add("--workers", 0, "", $"{atOnce} is below 1", "leave it out for one on each core");
            StudyMetric[] metrics = [.. (parsed.GetValue(metric) is { Length: > 0 } named ? named : DefaultMetrics).Select(name => errors.Collect(() => StudyMetric.Named(name))).OfType<StudyMetric>()];
            var renderer = errors.Collect(() => arguments.Renderer(parsed));
            var file = errors.Collect(() => arguments.Load(parsed));
            if (file is not null) errors.Collect(() => StudyAxes.Read(file))?.Check(file, errors);
            errors.ThrowIfAny();
            var folder = StudyFiles.Folder(arguments.Folder(parsed) ?? Path.Combine("runs", file!.Name + "-sweep"));
            var configuration = parsed.InvocationConfiguration;
            StudyResult study;
            using (var line = new ProgressLine(configuration.Error, arguments.Quiet(parsed)))
            {
                study = StudyRun.Execute(
                    file!, new StudyOptions { StorePath = folder.File(StudyFiles.StoreName), Workers = atOnce ?? 0, Progress = new Reporter(line) }, cancellation);
            }

            // The store holds what was finished; the files below are drawn from it and replaced whole.
            StudyFiles.Write(study, folder, metrics, renderer);
            switch (arguments.Format(parsed))
            {
                case OutputFormat.Json: configuration.Output.WriteLine(Encoding.UTF8.GetString(StudyTables.Json(study))); break;
                case OutputFormat.Csv: StudyTables.WriteCsv(study, configuration.Output); break;
                default: WriteTable(study, metrics, configuration.Output); break;
            }

            if (!arguments.Quiet(parsed)) configuration.Error.WriteLine($"results in {folder.Path}");
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static void WriteTable(StudyResult study, StudyMetric[] metrics, TextWriter output)
    {
        var several = study.File.Scenario.Repeat > 1;
        var sheet = new Sheet([.. study.Axes.Axes.Select(a => Sheet.Head(a.Path)), "state", .. metrics.SelectMany(m => several ? [Head(m), "±"] : (string[])[Head(m)])]) { Keys = study.Axes.Axes.Count };
        foreach (var point in study.Points.Take(MostRows))
        {
            sheet.Add(
            [
                .. point.Point.Values.Select(v => (Cell)AxisValue.Brief(v.Value)), StudyTables.State(point),
                .. metrics.SelectMany(m => several ? [Cell.Si(point.Of(m).Mean), Cell.Si(point.Of(m).HalfWidth)] : (Cell[])[Cell.Si(point.Of(m).Mean)]),
            ]);
        }

        sheet.WriteTable(output);
        if (several) output.WriteLine($"Means of {study.File.Scenario.Repeat} seeds; ± is half the 95 % confidence interval.");
        if (study.Points.Count > MostRows) output.WriteLine($"The first {MostRows} of {study.Points.Count} points; all are in points.csv.");
        foreach (var sentence in StudyCrossing.Sentences(StudyCrossing.Of(study))) output.WriteLine(sentence);
    }

    private static string Head(StudyMetric metric) => Sheet.Head(metric.Name) + (metric.Unit.Length > 0 ? $"\n({metric.Unit})" : "");

    private sealed class Reporter(ProgressLine line) : IProgress<StudyProgress>
    {
        public void Report(StudyProgress value) => line.Report((double)value.Done / value.Total, seconds => string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Done:N0} of {value.Total:N0} simulations{(value.FromStore > 0 ? $" ({value.FromStore:N0} known from before)" : "")}, {(value.Done - value.FromStore) / seconds:N1}/s"),
            (double)value.FromStore / value.Total);
    }
}
