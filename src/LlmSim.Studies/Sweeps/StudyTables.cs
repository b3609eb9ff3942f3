using System.Globalization;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Sweeps;

/// <summary>Writes the results of a study as tables.</summary>
public static class StudyTables
{
    private const int MostPending = 1 << 16;

    /// <summary>CSV: a line for each point with the values of the axes, its state, and every metric (with its confidence interval where there are several seeds).</summary>
    public static void WriteCsv(StudyResult result, TextWriter text)
    {
        var several = result.File.Scenario.Repeat > 1;
        foreach (var axis in result.Axes.Axes) text.Write(CsvText.Field(axis.Path) + ",");
        text.Write("state");
        foreach (var metric in StudyMetric.All) text.Write("," + metric.Name + (several ? "," + metric.Name + "±" : ""));
        text.Write('\n');
        foreach (var outcome in result.Points)
        {
            foreach (var (_, value) in outcome.Point.Values)
            {
                text.Write(CsvText.Field(AxisValue.Shown(value)));
                text.Write(',');
            }

            text.Write(State(outcome));
            foreach (var metric in StudyMetric.All)
            {
                var estimate = outcome.Of(metric);
                Append(text, estimate.Mean);
                if (several) Append(text, estimate.HalfWidth);
            }

            text.Write('\n');
        }
    }

    /// <summary>What <see cref="WriteCsv"/> writes.</summary>
    public static string Csv(StudyResult result)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        WriteCsv(result, text);
        return text.ToString();
    }

    /// <summary>JSON: the axes, for each point its values, its state and every metric, and where curves cross.</summary>
    public static void WriteJson(StudyResult result, Stream stream)
    {
        using var json = JsonOutput.To(stream);
        json.WriteStartObject();
        json.WriteString("scenario", result.File.Name);
        json.WriteTexts("axes", result.Axes.Axes.Select(a => a.Path));
        json.WriteStartArray("points");
        foreach (var outcome in result.Points)
        {
            Point(json, outcome);
            // The writer keeps all it has until it is told to let go.
            if (json.BytesPending > MostPending) json.Flush();
        }

        json.WriteEndArray();
        json.WriteStartArray("crossings");
        foreach (var crossing in StudyCrossing.Of(result)) Crossing(json, crossing);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>What <see cref="WriteJson"/> writes.</summary>
    public static byte[] Json(StudyResult result)
    {
        using var stream = new MemoryStream();
        WriteJson(result, stream);
        return stream.ToArray();
    }

    /// <summary>finished, saturated, skipped or impossible.</summary>
    public static string State(PointOutcome outcome) =>
        outcome.Impossible is not null ? "impossible" : outcome.WasSkipped ? "skipped" : outcome.Runs.Any(r => r.Saturated) ? "saturated" : "finished";

    private static void Point(Utf8JsonWriter json, PointOutcome outcome)
    {
        json.WriteStartObject();
        json.WriteStartObject("values");
        foreach (var (path, value) in outcome.Point.Values)
        {
            json.WritePropertyName(path);
            JsonPrinter.Write(json, value);
        }

        json.WriteEndObject();
        json.WriteString("state", State(outcome));
        if (outcome.Impossible is { } why) json.WriteString("reason", why);
        foreach (var metric in StudyMetric.All)
        {
            var estimate = outcome.Of(metric);
            json.WriteNumberOrNull(metric.Name, estimate.Mean);
            if (double.IsFinite(estimate.HalfWidth)) json.WriteNumber(metric.Name + "±", estimate.HalfWidth);
        }

        if (outcome.Runs.Count > 0) json.WriteString("bottleneck", outcome.Runs[0].Bottleneck);
        json.WriteEndObject();
    }

    private static void Crossing(Utf8JsonWriter json, StudyCrossing crossing)
    {
        json.WriteStartObject();
        json.WriteString("metric", crossing.Metric.Name);
        json.WriteString("axis", crossing.Axis);
        json.WriteNumber("at", crossing.At);
        json.WriteString("betterBelow", crossing.First);
        json.WriteString("betterAbove", crossing.Second);
        json.WriteString("among", crossing.Among);
        json.WriteEndObject();
    }

    private static void Append(TextWriter text, double value)
    {
        text.Write(',');
        Span<char> shown = stackalloc char[32];
        if (double.IsFinite(value) && value.TryFormat(shown, out var length, "R", CultureInfo.InvariantCulture)) text.Write(shown[..length]);
    }
}
