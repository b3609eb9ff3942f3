using System.Globalization;
using LlmSim.Files;

namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>
/// Reads a file of comma-separated values with a header row by row, plain or gzipped. Files are hostile: their length, lines and rows are bounded, and what is wrong
/// in a row is reported with its line and column while reading goes on.
/// </summary>
internal sealed class TableFile : IDisposable
{
    // Published tables have up to a hundred thousand rows, of up to 3,000 characters.
    private const int MostRows = 500_000;
    private const int LongestLine = 1 << 16;
    private const long MostCharacters = 1L << 30;
    private const double MostSize = 1 << 30;

    private readonly StreamReader _reader;
    private readonly InputErrors _errors;
    private readonly int _before;
    private readonly char[] _line = new char[LongestLine];
    private readonly List<(int Start, int Length)> _cells = [];
    private readonly List<string> _columns = [];
    private int _length, _number;
    private long _characters;

    private TableFile(string path, Stream content, InputErrors errors)
    {
        (Path, _reader, _errors, _before) = (path, new StreamReader(content), errors, errors.Count);
        if (!ReadLine()) throw new IOException("the file is empty");
        for (var i = 0; i < _cells.Count; i++) _columns.Add(Cell(i).Trim().ToString());
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Names of its columns.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>Whether something was wrong in a row so far.</summary>
    public bool IsWrong => _errors.Count > _before;

    /// <summary>Opens a file, hands it over and closes it; what is wrong with the file goes to <paramref name="errors"/>.</summary>
    public static void Read(string path, InputErrors errors, Action<TableFile> use)
    {
        try
        {
            if (path.Length == 0) throw new IOException("names no file");
            if (Directory.Exists(path)) throw new IOException("is a folder: name its files");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (!file.CanSeek) throw new IOException("is no plain file");
            using var content = GzipFile.Content(file);
            using var table = new TableFile(path, content, errors);
            use(table);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(path, 0, "", "no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or NotSupportedException)
        {
            errors.Add(path, 0, "", e.Message);
        }
    }

    /// <summary>Whether there is a column.</summary>
    public bool Has(string name) => _columns.Contains(name);

    /// <summary>Place of the first of these columns that is there; −1 for none.</summary>
    public int Find(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (_columns.IndexOf(name) is >= 0 and var found) return found;
        return -1;
    }

    /// <summary>Place of the first of these columns that is there; a missing one is reported under the first name.</summary>
    public int Need(params ReadOnlySpan<string> names)
    {
        var found = Find(names);
        if (found < 0) _errors.Add(Path, 1, names[0], "column is missing", Names.Suggest(names[0], _columns));
        return found;
    }

    /// <summary>Goes to the next row; reports rows of another width.</summary>
    /// <returns>False at the end, or where reading on makes no sense.</returns>
    public bool Next()
    {
        while (_errors.Count < InputErrors.Limit && ReadLine())
        {
            if (_number > MostRows)
            {
                _errors.Add(Path, _number, "", $"more than {MostRows} rows");
                return false;
            }

            if (_length == 0) continue;
            if (_cells.Count == _columns.Count) return true;
            _errors.Add(Path, _number, "", $"{_cells.Count} cells where the header has {_columns.Count}");
        }

        return false;
    }

    /// <summary>The text of a cell of this row, without spaces around it.</summary>
    public ReadOnlySpan<char> Text(int column) => Cell(column).Trim();

    /// <summary>A size in this row: a whole number from 0.</summary>
    /// <returns>False when it is none, which is reported.</returns>
    public bool Size(int column, out double size)
    {
        if (Number(column, out size) && size >= 0 && size <= MostSize && size == Math.Floor(size)) return true;
        Wrong(column, "is not a whole number from 0 to 2^30");
        return false;
    }

    /// <summary>A time in this row in a unit, above 0 and below a day.</summary>
    /// <returns>False when it is none, which is reported.</returns>
    public bool Seconds(int column, double unit, out double seconds)
    {
        if (Number(column, out seconds) && seconds > 0 && (seconds *= unit) < 86_400) return true;
        Wrong(column, "is no time above 0");
        return false;
    }

    /// <summary>Reports a cell of this row.</summary>
    public void Wrong(int column, string problem, string remedy = "")
    {
        var text = Text(column);
        _errors.Add(Path, _number, _columns[column], $"\"{(text.Length > 40 ? text[..40] : text)}\" {problem}", remedy);
    }

    /// <summary>Reports this row.</summary>
    public void Wrong(string problem, string remedy = "") => _errors.Add(Path, _number, "", problem, remedy);

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private bool Number(int column, out double number) => double.TryParse(Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private ReadOnlySpan<char> Cell(int column) => _line.AsSpan(_cells[column].Start, _cells[column].Length);

    private bool ReadLine()
    {
        _length = 0;
        _number++;
        int c;
        while ((c = _reader.Read()) >= 0 && c != '\n')
        {
            if (_length == LongestLine) throw new IOException($"line {_number} is longer than {LongestLine} characters");
            _line[_length++] = (char)c;
        }

        _characters += _length + 1;
        if (_characters > MostCharacters) throw new IOException($"holds more than {MostCharacters} characters");
        if (c < 0 && _length == 0) return false;
        if (_length > 0 && _line[_length - 1] == '\r') _length--;
        Split();
        return true;
    }

    // Few tables quote; those that do have commas in a cell, no quotation marks or line ends.
    private void Split()
    {
        _cells.Clear();
        var (start, quoted) = (0, false);
        for (var i = 0; i <= _length; i++)
        {
            if (i < _length && _line[i] == '"') quoted = !quoted;
            if (i < _length && (quoted || _line[i] != ',')) continue;
            var bare = i - start > 1 && _line[start] == '"' && _line[i - 1] == '"';
            _cells.Add(bare ? (start + 1, i - start - 2) : (start, i - start));
            start = i + 1;
        }
    }
}
