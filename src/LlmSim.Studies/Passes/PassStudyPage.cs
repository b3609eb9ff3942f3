using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Studies.Reports;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Passes;

/// <summary>The report of a pass study: what it shows, its curves, its points.</summary>
public static class PassStudyPage
{
    // A page stays readable and light; the rest is in points.csv.
    private const int MostRows = 500;

    /// <summary>Writes the page.</summary>
    /// <param name="study">The study.</param>
    /// <param name="charts">Its charts.</param>
    public static string Write(PassStudyResult study, IReadOnlyList<(string Name, Chart Chart)> charts)
    {
        ArgumentNullException.ThrowIfNull(study);
        var findings = PassFindings.Of(study);
        var (fastest, slowest) = (study.Points.MinBy(p => p.Answer.Seconds)!, study.Points.MaxBy(p => p.Answer.Seconds)!);
        var grid = new PassGrid(study);
        return ReportPage.Write(new ReportData
        {
            Title = study.Title,
            Subtitle = PassStudyCharts.Subtitle(study),
            Verdict = findings.Count > 0 ? findings[0]
                : study.Points.Count == 1 ? $"The pass takes {SiFormat.Value(fastest.Answer.Seconds, Unit.Seconds)}."
                : $"From {SiFormat.Value(fastest.Answer.Seconds, Unit.Seconds)} ({grid.Name(fastest)}) to {SiFormat.Value(slowest.Answer.Seconds, Unit.Seconds)} ({grid.Name(slowest)}).",
            Sections =
            [
                .. findings.Count > 0 ? [new ReportSection("What it shows", [new ListBlock(findings)])] : Array.Empty<ReportSection>(),
                StandardSections.Charts("Charts", [.. charts.Select(c => (c.Chart, c.Name))]),
                Points(study),
                StandardSections.Assumptions([new Assumption("operator times: " + study.Points[0].Answer.Question.Time.Kind, study.StatedError), .. study.Warnings.Select(w => new Assumption(w, ""))]),
                StandardSections.Scenario(JsonPrinter.Print(study.File.Root)),
                StandardSections.Reproduce("llmsim run scenario.json", "The run folder holds this scenario as scenario.json, with everything that was set on the command line."),
            ],
            Footer = "llmsim " + typeof(PassStudyPage).Assembly.GetName().Version?.ToString(3),
        });
    }

    private static ReportSection Points(PassStudyResult study)
    {
        var columns = PassColumns.Of(study);
        var table = new TableBlock(
            [.. study.Axes.Axes.Where(a => PassColumns.IsShown(a.Path)).Select(a => new ReportColumn(a.Path)), .. columns.Select(c => new ReportColumn(c.Head, true)), new("Fits")],
            [
                .. study.Points.Take(MostRows).Select(p => new ReportRow(
                [
                    .. p.Values.Where(v => PassColumns.IsShown(v.Key)).Select(v => new ReportCell(AxisValue.Shown(v.Value), v.Value.Number)),
                    .. columns.Select(c => new ReportCell(SiFormat.Value(c.Metric.Of(p.Answer), c.Metric.Unit), c.Metric.Of(p.Answer))),
                    new(p.Answer.Fits ? "yes" : "no"),
                ])),
            ]);
        return new ReportSection("Points", study.Points.Count <= MostRows
            ? [table] : [new TextBlock($"The first {MostRows} of {study.Points.Count} points; all are in points.csv."), table]);
    }
}
