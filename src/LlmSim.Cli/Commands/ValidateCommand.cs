using System.CommandLine;
using System.Globalization;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Cli.Options;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Fitting.Serving;
using LlmSim.Fitting.Validation;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Reports;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim validate</c>: predicted against measured, per data set.</summary>
internal static class ValidateCommand
{
    private const string Help = """
        Compares predicted times with measured ones, table by table, and says which targets are missed. --fit fits the constants anew,
        leaving whole shapes out; with --write they go into the hardware files.

        Examples:
          llmsim validate --data ../shared/data --out validation
          llmsim validate --data ../shared/data --sample 20 --format csv
          llmsim validate --data ../shared/data --only serving
          llmsim validate --data ../shared/data --fit --table rtx-4090 gemm
          llmsim validate --data ../shared/data --fit --write --hardware hardware --document docs/validation.md
        """;

    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "folder with the measured tables (default: data below $LLMSIM_DATA)", HelpName = "DIR" };
        var fit = new Option<bool>("--fit") { Description = "fit anew and compare predictions of shapes that were left out (minutes)" };
        var write = new Option<bool>("--write") { Description = "with --fit: write the constants into hardware/*.json" };
        var sample = new Option<int>("--sample") { Description = "compare every n-th row only", HelpName = "N", DefaultValueFactory = _ => 1 };
        var only = new Option<string?>("--only") { Description = "make one group of comparisons: " + string.Join(", ", ValidationRun.Groups), HelpName = "GROUP" };
        only.AcceptOnlyFromAmong([.. ValidationRun.Groups]);
        var table = new Option<string[]>("--table")
        {
            Description = "operator tables with all of these words (device, class, format, kernels), no other comparison",
            HelpName = "WORD",
            AllowMultipleArgumentsPerToken = true,
        };
        var hardware = new Option<string?>("--hardware") { Description = "folder of the hardware files to compare, and to write to (default: the program's own)", HelpName = "DIR" };
        var document = new Option<string?>("--document") { Description = "Markdown file whose tables between the comments <!-- results --> and <!-- /results --> are written anew; with --only, those of that group", HelpName = "FILE" };
        var @out = CommonOptions.Out("write validation.csv and a page with scatter plots into this folder");
        var format = CommonOptions.Format();
        var quiet = CommonOptions.Quiet();
        var command = new Command("validate", Help) { data, fit, write, sample, only, table, hardware, document, @out, format, quiet };
        command.SetAction(parsed =>
        {
            var errors = new InputErrors();
            if (parsed.GetValue(sample) < 1) errors.Add("--sample", 0, "", $"{parsed.GetValue(sample)} is below 1");
            if (parsed.GetValue(write) && !parsed.GetValue(fit)) errors.Add("--write", 0, "", "needs --fit", "add it");
            if (parsed.GetValue(hardware) is { } named && !Directory.Exists(named)) errors.Add("--hardware", 0, "", $"there is no folder \"{named}\"");
            var partly = parsed.GetValue(only) is not null and not "operators";
            if (parsed.GetValue(document) is not null && ((!parsed.GetValue(fit) && !partly) || parsed.GetValue(only) == "operators" || parsed.GetValue(table) is { Length: > 0 }))
                errors.Add("--document", 0, "", "needs --fit, or --only with another group than operators", "its tables show errors on what was held out, all of a group");
            if (parsed.GetValue(document) is { } page) ResultTables.Check(page, errors);
            var folder = parsed.GetValue(data) ?? Named();
            if (folder is null) errors.Add("--data", 0, "", "is missing", "name the folder with the measured tables, or set LLMSIM_DATA");
            errors.ThrowIfAny();
            var configuration = parsed.InvocationConfiguration;
            Action<string>? progress = parsed.GetValue(quiet) ? null : configuration.Error.WriteLine;
            var report = ValidationRun.Run(
                folder!,
                new ValidationOptions
                {
                    Fit = parsed.GetValue(fit),
                    Write = parsed.GetValue(write),
                    Sample = parsed.GetValue(sample),
                    Only = parsed.GetValue(only),
                    Tables = parsed.GetValue(table) ?? [],
                },
                progress, parsed.GetValue(hardware) is { } files ? new HardwareCatalogue(files) : null);
            if (parsed.GetValue(document) is { } written) ResultTables.Replace(written, report.ToMarkdown(), partly);
            if (parsed.GetValue(@out) is { } to)
            {
                using var target = new AtomicFolder(to);
                File.WriteAllText(target.File("validation.csv"), report.ToCsv());
                File.WriteAllText(target.File("index.html"), Page(report));
                target.Commit();
            }

            if (parsed.GetValue(format) == OutputFormat.Csv) configuration.Output.Write(report.ToCsv());
            else Write(report, parsed.GetValue(format), configuration.Output);
            if (!parsed.GetValue(quiet))
                foreach (var note in report.Notes) configuration.Error.WriteLine("note: " + note);
            foreach (var row in report.Regressions)
                configuration.Error.WriteLine($"llmsim: {row.Device} {row.Subject} got worse: {Percent(row.Errors.Mean)} is above {Percent(row.Limit!.Value)}");
            return report.Regressions.Count > 0 ? CommandLine.Failed : CommandLine.Done;
        });
        return command;
    }

    private static string? Named() =>
        Environment.GetEnvironmentVariable("LLMSIM_DATA") is { Length: > 0 } shared ? Path.Combine(shared, "data") : null;

    private static void Write(ValidationReport report, OutputFormat format, TextWriter output)
    {
        if (format == OutputFormat.Json)
        {
            Table(report.Rows, figures: true).Write(format, output);
            return;
        }

        if (report.Rows.Any(r => r.Figure is null)) Table(report.Rows.Where(r => r.Figure is null)).Write(format, output);
        if (report.Rows.Any(r => r.Figure is not null)) Runs(report.Rows.Where(r => r.Figure is not null)).Write(format, output);
    }

    private static Sheet Table(IEnumerable<ValidationRow> rows, bool figures = false)
    {
        string[] columns = ["group", "device", "what", "held out", "n", "mean", "median", "worst", "bias", "> 25 %", "target"];
        var sheet = new Sheet(figures ? [.. columns, "predicted", "measured"] : columns) { Keys = 3 };
        foreach (var row in rows)
        {
            var e = row.Errors;
            List<Cell> cells =
            [
                row.Group, row.Device, row.Subject, ValidationReport.Name(row.HeldOut), (long)e.Points, Cell.Share(e.Mean), Cell.Share(e.Median), Cell.Share(e.Worst),
                Cell.Share(e.Bias), Cell.Share(e.Beyond25), Target(row),
            ];
            if (figures) cells.AddRange([Cell.Si(row.Figure?.Predicted ?? double.NaN), Cell.Si(row.Figure?.Measured ?? double.NaN)]);
            sheet.Add([.. cells]);
        }

        return sheet;
    }

    /// <summary>Figures of whole runs, one a row.</summary>
    private static Sheet Runs(IEnumerable<ValidationRow> rows)
    {
        var sheet = new Sheet("device", "what", "requests", "measured", "predicted", "error", "target");
        foreach (var row in rows)
            sheet.Add(row.Device, row.Subject, row.Errors.Points, Cell.Si(row.Figure!.Value.Measured), Cell.Si(row.Figure.Value.Predicted), Cell.Share(row.Errors.Bias), Target(row));
        return sheet;
    }

    private static string Target(ValidationRow row) => row.Target is { } target ? Percent(target) + (row.Reached == true ? "" : " missed") : "";

    private static string Page(ValidationReport report)
    {
        var judged = report.Rows.Where(r => r.Target is not null).ToList();
        var missed = judged.Where(r => r.Reached == false).ToList();
        return ReportPage.Write(new ReportData
        {
            Title = "Predicted against measured",
            Verdict = $"{judged.Count - missed.Count} of {judged.Count} comparisons reach their target.",
            Tone = missed.Count == 0 ? VerdictTone.Good : VerdictTone.Neutral,
            Sections =
            [
                .. report.Rows.Where(r => r.Figure is null).GroupBy(r => r.Group).Select(g => new ReportSection(
                    g.Key,
                    [
                        .. g.Chunk(6).Select(rows => new ChartBlock(PredictedMeasuredChart.Build(
                            new ChartHead($"Predicted against measured: {g.Key}"),
                            [.. rows.SelectMany(r => r.Points.Select(p => new PredictionPoint($"{r.Device} {r.Subject}", "", p.Predicted, p.Measured)))],
                            "Time", Unit.Seconds))),
                        Figures(g),
                    ])),
                .. report.Replays.Select(r => Replay(r, report.Rows)),
            ],
        });
    }

    /// <summary>A measured run against its replay: who waits how long, request by request, and the figures.</summary>
    private static ReportSection Replay(ReplayedRun replay, IReadOnlyList<ValidationRow> rows)
    {
        var own = rows.Where(r => r.Figure is not null && r.Data.EndsWith('/' + replay.Run.Folder, StringComparison.Ordinal)).ToList();
        LatencyPanel Panel(string metric, Func<RequestRow, double> of) => new(
            metric,
            [new("measured", [.. replay.Measured.Rows.Select(of)]), new("predicted", [.. replay.Predicted.Rows.Select(of)])]);
        return new ReportSection(
            $"vLLM 0.19, {replay.Run.Label} on {replay.Run.Device}",
            [
                new ChartBlock(LatencyCdfChart.Build(
                    new ChartHead($"Measured and predicted latencies of {replay.Measured.Rows.Count} requests", "vLLM 0.19, the same arrivals, fitted operator times"),
                    [Panel("TTFT", r => r.TtftSeconds), Panel("TPOT", r => r.TpotSeconds), Panel("E2E", r => r.E2eSeconds)])),
                new ChartBlock(PredictedMeasuredChart.Build(
                    new ChartHead("Each request, predicted against measured"),
                    [.. own.SelectMany(r => r.Points.Select(p => new PredictionPoint(r.Subject[(r.Subject.IndexOf(':', StringComparison.Ordinal) + 2)..].Split(' ')[0], "", p.Predicted, p.Measured)))],
                    "Time", Unit.Seconds)),
                new TableBlock(
                    [new("Figure"), new("Measured", true), new("Predicted", true), new("Error", true), new("Target", true)],
                    [
                        .. own.Select(r => new ReportRow(
                        [
                            new(r.Subject[(r.Subject.IndexOf(':', StringComparison.Ordinal) + 2)..]), new(SiFormat.Value(r.Figure!.Value.Measured, Unit.None), r.Figure.Value.Measured),
                            new(SiFormat.Value(r.Figure.Value.Predicted, Unit.None), r.Figure.Value.Predicted), new(Percent(r.Errors.Bias), r.Errors.Bias), new(Target(r), r.Target ?? 0),
                        ])),
                    ]),
            ]);
    }

    private static TableBlock Figures(IEnumerable<ValidationRow> rows) => new(
        [new("Device"), new("What"), new("Held out"), new("n", true), new("Mean error", true), new("Median", true), new("Bias", true), new("Target", true)],
        [
            .. rows.Select(r => new ReportRow(
            [
                new(r.Device), new(r.Subject), new(ValidationReport.Name(r.HeldOut)), new(SiFormat.Count(r.Errors.Points), r.Errors.Points),
                new(Percent(r.Errors.Mean), r.Errors.Mean), new(Percent(r.Errors.Median), r.Errors.Median), new(Percent(r.Errors.Bias), r.Errors.Bias),
                r.Target is { } target ? new(Percent(target) + (r.Reached == true ? "" : " missed"), target) : new(""),
            ])),
        ]);

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
