using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using LlmSim.Files;
using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Comparisons;

/// <summary>Reads what became of each request, as a run writes it or as an engine was measured.</summary>
internal static class MeasuredRequests
{
    // A line has a few hundred characters; with the texts of prompt and output it may have many more.
    private const int MostLineCharacters = 1 << 22;

    private static readonly string[] s_needed = ["arrival_s", "prompt_tokens", "output_tokens", "first_token_s", "finish_s"];

    /// <summary>Reads a requests.csv; id, first_scheduled_s, preemptions, cached_tokens, replica and status may be missing.</summary>
    /// <exception cref="InputException">A column or a value is wrong; all errors.</exception>
    public static RequestRow[] ReadCsv(string path)
    {
        var errors = new InputErrors();
        var rows = new List<RequestRow>();
        try
        {
            using var csv = CsvReader.FromFile(path, new CsvReaderOptions { Separator = ',', TrackLineNumbers = true, TrimWhitespace = true, MaxRecordSize = 1 << 16 });
            csv.ReadHeader();
            foreach (var column in s_needed)
                if (!csv.TryGetFieldIndex(column, out _)) errors.Add(path, 1, column, "is missing");
            errors.ThrowIfAny();
            while (csv.Read())
            {
                var line = (int)csv.LineNumber;
                long Time(string column) => Field(csv, column, line, path, errors, -1e-9) is var seconds && double.IsNaN(seconds) ? -1 : (long)Math.Round(seconds * 1e9);
                var status = csv.TryGetFieldIndex("status", out var place) ? csv.GetString(place) : "finished";
                var finish = Time("finish_s");
                rows.Add(new RequestRow
                {
                    Id = rows.Count,
                    ArrivalNanoseconds = Time("arrival_s"),
                    FirstScheduledNanoseconds = csv.TryGetFieldIndex("first_scheduled_s", out _) ? Time("first_scheduled_s") : -1,
                    FirstTokenNanoseconds = Time("first_token_s"),
                    FinishNanoseconds = finish,
                    PromptTokens = (int)Field(csv, "prompt_tokens", line, path, errors, 0),
                    OutputTokens = (int)Field(csv, "output_tokens", line, path, errors, 0),
                    Status = status == "rejected" ? RequestStatus.Rejected : status == "unfinished" || finish < 0 ? RequestStatus.Unfinished : RequestStatus.Finished,
                });
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CsvFormatException or CsvValidationException)
        {
            errors.Add(path, 0, "", e is FileNotFoundException ? "no such file" : e.Message);
        }

        if (rows.Count == 0 && !errors.Any) errors.Add(path, 0, "", "holds no requests");
        errors.ThrowIfAny();
        return Sorted(rows);
    }

    /// <summary>
    /// Reads JSON lines with <c>input_toks, output_toks, queued_ts, scheduled_ts, first_token_ts, last_token_ts</c> (seconds of any clock) and, where the API server
    /// noted it, <c>arrival_time</c> (seconds of its own clock). Latencies count from the arrival: an engine that is busy notices requests only between steps. The
    /// request that was noticed soonest ties the two clocks together, so that its own way to the queue counts as nothing.
    /// </summary>
    /// <exception cref="InputException">A line is wrong; all errors.</exception>
    public static RequestRow[] ReadJsonLines(string path)
    {
        var errors = new InputErrors();
        var raw = new List<(double Arrived, double Queued, double Scheduled, double First, double Last, int Prompt, int Output)>();
        try
        {
            using var lines = new LineReader(path, File.OpenRead(path), MostLineCharacters);
            while (lines.Next() is { } text)
            {
                if (string.IsNullOrWhiteSpace(text)) continue;
                if (JsonText.Parse(path, Encoding.UTF8.GetBytes(text), errors, lines.Line) is not { Kind: JsonValueKind.Object } value) continue;
                var reader = new ObjectReader(value, errors);
                double Time(string name) => reader.Number(name, 0, 1e15);
                raw.Add((reader.Has("arrival_time") ? Time("arrival_time") : double.NaN, Time("queued_ts"), Time("scheduled_ts"), Time("first_token_ts"), Time("last_token_ts"), (int)reader.Integer("input_toks", 1, 1 << 24), (int)reader.Integer("output_toks", 1, 1 << 24)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(path, 0, "", e is FileNotFoundException ? "no such file" : e.Message);
        }

        if (raw.Count == 0 && !errors.Any) errors.Add(path, 0, "", "holds no requests");
        errors.ThrowIfAny();
        if (raw.TrueForAll(r => !double.IsNaN(r.Arrived)))
        {
            var apart = raw.Min(r => r.Queued - r.Arrived);
            for (var i = 0; i < raw.Count; i++) raw[i] = raw[i] with { Queued = raw[i].Arrived + apart };
        }

        var origin = raw.Min(r => r.Queued);
        long Since(double seconds) => (long)Math.Round((seconds - origin) * 1e9);
        return Sorted([.. raw.Select(r => new RequestRow
        {
            Id = 0,
            ArrivalNanoseconds = Since(r.Queued),
            FirstScheduledNanoseconds = Since(r.Scheduled),
            FirstTokenNanoseconds = Since(r.First),
            FinishNanoseconds = Since(r.Last),
            PromptTokens = r.Prompt,
            OutputTokens = r.Output,
            Status = RequestStatus.Finished,
        })]);
    }

    private static RequestRow[] Sorted(List<RequestRow> rows) =>
        [.. rows.OrderBy(r => r.ArrivalNanoseconds).Select((r, i) => r with { Id = i })];

    /// <summary>A number of a line; NaN when the field is empty.</summary>
    private static double Field(CsvReader csv, string column, int line, string path, InputErrors errors, double least)
    {
        if (!csv.TryGetFieldIndex(column, out var place) || csv.IsEmpty(place)) return double.NaN;
        var text = csv.GetString(place);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value < 1e12) return value;
        errors.Add(path, line, column, $"\"{(text.Length > 40 ? text[..40] : text)}\" is not a number of at least 0");
        return double.NaN;
    }
}
