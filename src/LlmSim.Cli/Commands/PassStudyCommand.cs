using System.CommandLine;
using System.Text;
using LlmSim.Charts.Numbers;
using LlmSim.Cli.Output;
using LlmSim.Studies.Passes;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Cli.Commands;

/// <summary>What <c>llmsim run</c> does with a scenario that has no load: a study of forward passes.</summary>
internal static class PassStudyCommand
{
    // More rows than this nobody reads on a terminal; they are all in points.csv.
    private const int MostRows = 60;

    /// <summary>Runs the study, writes its folder and shows its points.</summary>
    public static void Run(ScenarioFile file, string folder, OutputFormat format, bool quiet, InvocationConfiguration configuration, CancellationToken cancellation)
    {
        var study = PassStudyFiles.Run(file, folder, cancellation: cancellation);
        var output = configuration.Output;
        if (format == OutputFormat.Json) output.WriteLine(Encoding.UTF8.GetString(PassStudyFiles.Json(study)));
        else if (format == OutputFormat.Csv) output.Write(PassStudyFiles.Csv(study));
        else WriteTable(study, output);
        if (!quiet) configuration.Error.WriteLine($"{study.Points.Count:N0} passes; results in {Path.GetFullPath(folder)}");
    }

    private static void WriteTable(PassStudyResult study, TextWriter output)
    {
        output.WriteLine(study.Title);
        output.WriteLine(PassStudyCharts.Subtitle(study));
        var columns = PassColumns.Of(study);
        var sheet = new Sheet([.. study.Axes.Axes.Where(a => PassColumns.IsShown(a.Path)).Select(a => a.Path[(a.Path.LastIndexOf('.') + 1)..]), .. columns.Select(c => c.Head.ToLowerInvariant()), "fits"])
        { Keys = study.Axes.Axes.Count(a => PassColumns.IsShown(a.Path)) };
        foreach (var point in study.Points.Take(MostRows))
        {
            sheet.Add(
            [
                .. point.Values.Where(v => PassColumns.IsShown(v.Key)).Select(v => (Cell)AxisValue.Shown(v.Value)),
                .. columns.Select(c => c.Metric.Unit == Unit.Share ? Cell.Share(c.Metric.Of(point.Answer)) : Cell.Si(c.Metric.Of(point.Answer), c.Metric.Unit)),
                point.Answer.Fits ? "yes" : "no",
            ]);
        }

        sheet.WriteTable(output);
        if (study.Points.Count > MostRows) output.WriteLine($"The first {MostRows} of {study.Points.Count} points; all are in points.csv.");
        foreach (var finding in PassFindings.Of(study)) output.WriteLine(finding);
        output.WriteLine($"Operator times: {study.StatedError}");
        foreach (var warning in study.Warnings) output.WriteLine("Warning: " + warning);
    }
}
