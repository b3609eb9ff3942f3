using System.Globalization;
using LlmSim.Files;

namespace LlmSim.Execution.StepCosts.MeasuredTables;

/// <summary>Reads the small CSV files of measured engine tables, packed with gzip or not. Files are hostile: lines and rows are bounded.</summary>
internal static class MeasuredCsv
{
    private const int MaxLineLength = 64 * 1024;
    private const int MaxRows = 5_000_000;

    /// <summary>Reads the named columns of every row.</summary>
    /// <param name="path">The file; where it is absent, the same with ".gz".</param>
    /// <param name="columns">Columns that must be there; others are skipped.</param>
    /// <param name="text">How many of the first <paramref name="columns"/> are text; the rest are finite numbers.</param>
    /// <param name="row">Called for each good row with its line, its text and its numbers; both are reused.</param>
    /// <param name="errors">Where errors go.</param>
    /// <param name="least">The least number allowed.</param>
    public static void Read(string path, string[] columns, int text, Action<int, string[], double[]> row, InputErrors errors, double least = 0)
    {
        var file = File.Exists(path) ? path : path + ".gz";
        if (!File.Exists(file))
        {
            errors.Add(path, 0, "", "the file is missing, and so is " + Path.GetFileName(file), "name the folder that holds the measured table");
            return;
        }

        try
        {
            using var stream = File.OpenRead(file);
            using var plain = GzipFile.Content(stream);
            using var reader = new LineReader(file, plain, MaxLineLength);
            ReadRows(file, reader, columns, text, row, errors, least);
        }
        catch (InputException wrong)
        {
            foreach (var error in wrong.Errors.Items) errors.Add(error);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            errors.Add(file, 0, "", "cannot be read: " + e.Message);
        }
    }

    private static void ReadRows(string file, LineReader reader, string[] columns, int text, Action<int, string[], double[]> row, InputErrors errors, double least)
    {
        var header = reader.Next()?.Split(',') ?? [];
        var places = columns.Select(column => Array.FindIndex(header, name => name.Trim() == column)).ToArray();
        for (var i = 0; i < columns.Length; i++)
            if (places[i] < 0) errors.Add(file, 1, columns[i], "the column is missing");
        if (places.Any(place => place < 0)) return;
        var texts = new string[text];
        var numbers = new double[columns.Length - text];
        for (var line = 2; reader.Next() is { } content; line++)
        {
            if (content.Length == 0) continue;
            if (line > MaxRows || errors.Count >= InputErrors.Limit)
            {
                errors.Add(file, line, "", $"too many rows or errors; reading stopped (at most {MaxRows} rows)");
                return;
            }

            var fields = content.Split(',');
            if (fields.Length < header.Length)
            {
                errors.Add(file, line, "", $"{fields.Length} fields where the header names {header.Length}");
                continue;
            }

            var good = true;
            for (var i = 0; i < columns.Length; i++)
            {
                var field = fields[places[i]].Trim();
                if (i < text)
                {
                    texts[i] = field;
                }
                else if (!double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i - text]) || !double.IsFinite(numbers[i - text]) || numbers[i - text] < least)
                {
                    errors.Add(file, line, columns[i], $"\"{(field.Length > 40 ? field[..40] : field)}\" is not a number of at least {least}");
                    good = false;
                }
            }

            if (good) row(line, texts, numbers);
        }
    }
}
