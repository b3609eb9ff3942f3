using LlmSim.Charts.Numbers;
using LlmSim.Studies.Reports;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Sweeps;

/// <summary>The page of a study: what it shows, the curves, every point, what was assumed, how to repeat it.</summary>
public static class StudyReport
{
    // A page with more rows is slow to open and is not read; points.csv has all.
    private const int MostRows = 500;
    private const int MostLimits = 40;

    /// <summary>Writes the page.</summary>
    /// <param name="study">The study.</param>
    /// <param name="metrics">The columns of the table.</param>
    /// <param name="charts">Its charts, where they are at hand; null: the page draws all of <see cref="StudyCharts"/>.</param>
    public static string Write(StudyResult study, IReadOnlyList<StudyMetric> metrics, IReadOnlyList<ChartBlock>? charts = null)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(metrics);
        var scenario = study.File.Scenario;
        var run = study.Points.Where(p => p.Runs.Count > 0).ToList();
        var meeting = run.Where(p => p.Runs.All(r => r.MeetsSlo && !r.Saturated)).ToList();
        var throughput = StudyMetric.Named("throughput.outputTokensPerSecond");
        var best = (meeting.Count > 0 ? meeting : run).MaxBy(p => p.Of(throughput).Mean);
        return ReportPage.Write(new ReportData
        {
            Title = scenario.Title is { Length: > 0 } title ? title : study.File.Name,
            Subtitle = $"{scenario.Model} on {scenario.Machine.Hardware}; axes {string.Join(", ", study.Axes.Axes.Select(a => a.Path))}",
            Verdict = best is null
                ? "No point of this study can run."
                : $"{(scenario.Slo is null ? "" : $"{meeting.Count} of {run.Count} points meet the SLO; ")}most output tokens at {Name(best)}: {SiFormat.Value(best.Of(throughput).Mean, Unit.TokensPerSecond)}.",
            Tone = best is null || (scenario.Slo is not null && meeting.Count == 0) ? VerdictTone.Bad : VerdictTone.Neutral,
            Figures =
            [
                new("Points", SiFormat.Count(study.Points.Count)), new("Saturated", SiFormat.Count(run.Count(p => p.Runs.Any(r => r.Saturated)))),
                new("Skipped", SiFormat.Count(study.Points.Count(p => p.WasSkipped)), "beyond saturation"),
                new("Impossible", SiFormat.Count(study.Points.Count(p => p.Impossible is not null))),
            ],
            Sections =
            [
                new ReportSection("Curves", charts ?? [.. StudyCharts.All(study).Select(c => new ChartBlock(c.Chart, c.Name))]),
                .. Findings(study),
                new ReportSection("Points",
                [
                    new TableBlock(
                        [.. study.Axes.Axes.Select(a => new ReportColumn(a.Path)), new("State"), .. metrics.Select(m => new ReportColumn(m.Unit.Length > 0 ? $"{m.Name} ({m.Unit})" : m.Name, true))],
                        [.. study.Points.Take(MostRows).Select(p => Row(p, metrics))]),
                    .. Rest(study.Points.Count, MostRows),
                ]),
                new ReportSection("What limits", [new ListBlock([.. run.Take(MostLimits).Select(p => Name(p) + ": " + p.Runs[0].Bottleneck)]), .. Rest(run.Count, MostLimits)]),
                StandardSections.Assumptions([.. run.SelectMany(p => p.Runs).Select(r => new Assumption("step times: " + r.TimeModel.Kind, r.TimeModel.StatedError)).Distinct()]),
                StandardSections.Scenario(JsonPrinter.Print(study.File.Root)),
                StandardSections.Reproduce("llmsim sweep scenario.json"),
            ],
        });
    }

    private static ReportSection[] Findings(StudyResult study) =>
        StudyCrossing.Sentences(StudyCrossing.Of(study)) is { Count: > 0 } sentences ? [new("Which is better from where on", [new ListBlock(sentences)])] : [];

    private static TextBlock[] Rest(int count, int shown) => count <= shown ? [] : [new TextBlock($"The first {shown} of {count} points; points.csv and points.json beside this page have all.")];

    private static string Name(PointOutcome point) => string.Join(", ", point.Point.Values.Select(v => $"{v.Key} = {AxisValue.Brief(v.Value)}"));

    private static ReportRow Row(PointOutcome point, IReadOnlyList<StudyMetric> metrics) => new(
    [
        .. point.Point.Values.Select(v => new ReportCell(AxisValue.Shown(v.Value), v.Value.Number)),
        new ReportCell(StudyTables.State(point)),
        .. metrics.Select(m => point.Of(m).Mean is var mean && double.IsFinite(mean) ? new ReportCell(SiFormat.Significant(mean), mean) : new ReportCell("–")),
    ]);
}
