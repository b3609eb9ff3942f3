using System.Text;
using LlmSim.Charts;
using LlmSim.Files;
using LlmSim.Studies.Runs.Files;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Passes;

/// <summary>A pass study as files: table, JSON, charts, a page.</summary>
public static class PassStudyFiles
{
    /// <summary>Runs a study and writes its folder, whole or not at all: points.csv, points.json, run.json, scenario.json, charts with their data, report.html.</summary>
    /// <param name="file">The scenario, checked, with <c>pass</c>.</param>
    /// <param name="path">The folder; replaced when it is there.</param>
    /// <param name="cancellation">Ends it; nothing is left behind.</param>
    /// <exception cref="InputException">A point of the scenario is wrong, or the folder cannot be written.</exception>
    public static PassStudyResult Run(ScenarioFile file, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            // Begun first, so that a folder which cannot be written is refused before the work is done.
            using var folder = new AtomicFolder(path);
            var study = PassStudy.Execute(file, cancellation: cancellation);
            File.WriteAllText(folder.File("points.csv"), Csv(study));
            File.WriteAllBytes(folder.File("points.json"), Json(study));
            File.WriteAllText(folder.File("scenario.json"), JsonPrinter.Print(study.File.Root));
            if (study.File.Scenario.Output.Report)
            {
                var charts = PassStudyCharts.All(study);
                foreach (var (name, chart) in charts)
                {
                    cancellation.ThrowIfCancellationRequested();
                    ChartFiles.Write(chart, folder.Path, name);
                }

                File.WriteAllText(folder.File("report.html"), PassStudyPage.Write(study, charts));
            }

            File.WriteAllBytes(folder.File("run.json"), RunJson.Write(
                file, TimeProvider.System.GetElapsedTime(began).TotalSeconds, json => json.WriteNumber("passes", study.Points.Count)));
            cancellation.ThrowIfCancellationRequested();
            folder.Commit();
            return study;
        }
        catch (Exception e) when (WriteProblem.Is(e))
        {
            throw new InputException(new InputError(path, 0, "", "the run folder cannot be written: " + e.Message, "choose another with --out"));
        }
    }

    /// <summary>A row for each point: the axes, the metrics, whether it fits.</summary>
    public static string Csv(PassStudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var text = new StringBuilder();
        text.Append(CsvText.Line([.. study.Axes.Axes.Select(a => CsvText.Field(a.Path)), .. PassMetric.All.Select(m => m.Name), "fits"])).Append('\n');
        foreach (var point in study.Points)
        {
            text.Append(CsvText.Line(
            [
                .. point.Values.Select(v => CsvText.Field(AxisValue.Shown(v.Value))),
                .. PassMetric.All.Select(m => CsvText.Field(m.Of(point.Answer))),
                point.Answer.Fits ? "yes" : "no",
            ])).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The same as JSON: <c>{ title, findings[], timeModel, points[{ axes, metrics… }] }</c>.</summary>
    public static byte[] Json(PassStudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        return JsonOutput.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteString("title", study.Title);
            json.WriteTexts("findings", PassFindings.Of(study));
            json.WriteStartObject("timeModel");
            json.WriteString("kind", study.Points[0].Answer.Question.Time.Kind);
            json.WriteString("statedError", study.StatedError);
            if (study.Warnings.Count > 0)
            {
                json.WriteStartArray("warnings");
                foreach (var warning in study.Warnings) json.WriteStringValue(warning);
                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteStartArray("points");
            foreach (var point in study.Points)
            {
                json.WriteStartObject();
                json.WriteStartObject("axes");
                foreach (var (path, value) in point.Values)
                {
                    json.WritePropertyName(path);
                    JsonPrinter.Write(json, value);
                }

                json.WriteEndObject();
                foreach (var metric in PassMetric.All) json.WriteNumberOrNull(metric.Name, metric.Of(point.Answer));
                json.WriteBoolean("fits", point.Answer.Fits);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
