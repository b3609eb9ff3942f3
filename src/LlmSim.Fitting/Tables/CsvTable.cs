using System.Globalization;
using LlmSim.Files;

namespace LlmSim.Fitting.Tables;

/// <summary>A table of comma-separated values with a header, plain or gzipped; cells are read by column name.</summary>
public sealed class CsvTable
{
    // Measured tables have some ten thousand rows; a file beyond this is a mistake or an attack.
    private const int MaxRows = 5_000_000;

    // A row of them has a few hundred characters.
    private const int MaxLineLength = 1 << 16;

    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly List<string[]> _rows = [];

    private CsvTable(string file) => File = file;

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Rows without the header.</summary>
    public int Count => _rows.Count;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; ".gz" is unpacked.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <exception cref="InputException">The file or a column is missing, a line is too long, or a row has another number of cells than the header.</exception>
    public static CsvTable Read(string path, params string[] required)
    {
        ArgumentNullException.ThrowIfNull(required);
        var errors = new InputErrors();
        var table = new CsvTable(path);
        try
        {
            using var reader = new LineReader(path, GzipFile.Content(System.IO.File.OpenRead(path)), MaxLineLength);
            table.Fill(reader, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            errors.Add(path, 0, "", e.Message);
        }

        errors.ThrowIfAny();
        foreach (var column in required)
        {
            if (!table._columns.ContainsKey(column))
                errors.Add(path, 1, column, "column is missing", Names.Suggest(column, table._columns.Keys));
        }

        errors.ThrowIfAny();
        return table;
    }

    /// <summary>Whether a column is there.</summary>
    public bool Has(string column) => _columns.ContainsKey(column);

    /// <summary>The text of a cell.</summary>
    public string Text(int row, string column) => _rows[row][_columns[column]];

    /// <summary>The number in a cell.</summary>
    /// <exception cref="InputException">The cell holds no finite number.</exception>
    public double Number(int row, string column)
    {
        var text = Text(row, column);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)) return value;
        throw new InputException(new InputError(File, row + 2, column, $"\"{text}\" is not a number"));
    }

    private void Fill(LineReader reader, InputErrors errors)
    {
        if (reader.Next() is not { } header)
        {
            errors.Add(File, 0, "", "the file is empty");
            return;
        }

        var names = header.Split(',');
        for (var i = 0; i < names.Length; i++) _columns.TryAdd(names[i], i);
        while (reader.Next() is { } text)
        {
            if (text.Length == 0) continue;
            var cells = Cells(text);
            if (cells.Length != names.Length) errors.Add(File, reader.Line, "", $"{cells.Length} cells where the header has {names.Length}");
            else _rows.Add(cells);
            if (errors.Count >= InputErrors.Limit) return;
            if (_rows.Count <= MaxRows) continue;
            errors.Add(File, reader.Line, "", $"more than {MaxRows} rows");
            return;
        }
    }

    // Few tables quote; those that do have commas in a cell, no quotation marks or line ends.
    private static string[] Cells(string line)
    {
        if (!line.Contains('"', StringComparison.Ordinal)) return line.Split(',');
        var cells = new List<string>();
        var (start, quoted) = (0, false);
        for (var i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"') quoted = !quoted;
            if (i < line.Length && (quoted || line[i] != ',')) continue;
            var cell = line[start..i];
            cells.Add(cell.Length > 1 && cell[0] == '"' && cell[^1] == '"' ? cell[1..^1] : cell);
            start = i + 1;
        }

        return [.. cells];
    }
}
