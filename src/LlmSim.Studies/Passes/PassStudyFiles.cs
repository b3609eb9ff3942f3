using System.Text;
using System.Text.Json;
using LlmSim.Charts;
using LlmSim.Files;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Passes;

/// <summary>A pass study as files: table, JSON, charts, a page.</summary>
public static class PassStudyFiles
{
    /// <summary>Writes the folder, whole or not at all: points.csv, points.json, scenario.json, charts with their data, report.html.</summary>
    /// <param name="study">The study.</param>
    /// <param name="path">The folder; replaced when it is there.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(PassStudyResult study, string path)
    {
        ArgumentNullException.ThrowIfNull(study);
        try
        {
            using var folder = new AtomicFolder(path);
            File.WriteAllText(folder.File("points.csv"), Csv(study));
            File.WriteAllBytes(folder.File("points.json"), Json(study));
            File.WriteAllText(folder.File("scenario.json"), JsonPrinter.Print(study.File.Root));
            if (study.File.Scenario.Output.Report)
            {
                var charts = PassStudyCharts.All(study);
                foreach (var (name, chart) in charts) ChartFiles.Write(chart, folder.Path, name);
                File.WriteAllText(folder.File("report.html"), PassStudyPage.Write(study, charts));
            }

            folder.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
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
                .. point.Values.Select(v => CsvText.Field(PassGrid.Text(v.Value))),
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
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("title", study.Title);
            json.WriteStartArray("findings");
            foreach (var finding in PassFindings.Of(study)) json.WriteStringValue(finding);
            json.WriteEndArray();
            json.WriteStartObject("timeModel");
            json.WriteString("kind", study.Points[0].Answer.Question.Time.Kind);
            json.WriteString("statedError", study.Points[0].Answer.Question.Time.StatedError);
            json.WriteEndObject();
            json.WriteStartArray("points");
            foreach (var point in study.Points)
            {
                json.WriteStartObject();
                json.WriteStartObject("axes");
                foreach (var (path, value) in point.Values)
                {
                    json.WritePropertyName(path);
                    json.WriteRawValue(JsonPrinter.Print(value, indented: false));
                }

                json.WriteEndObject();
                foreach (var metric in PassMetric.All)
                {
                    var value = metric.Of(point.Answer);
                    if (double.IsFinite(value)) json.WriteNumber(metric.Name, value);
                    else json.WriteNull(metric.Name);
                }

                json.WriteBoolean("fits", point.Answer.Fits);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
