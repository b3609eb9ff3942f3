using System.Buffers.Text;
using CsvHelper;

namespace LlmSim.Workloads.Traces;

/// <summary>The current line of a CSV trace; columns are numbered as <see cref="CsvTraceFormat.Required"/>, then the optional ones.</summary>
internal sealed class CsvFields
{
    private readonly CsvReader _reader;
    private readonly TraceFaults _faults;
    private readonly string[] _names;
    private readonly int[] _index;
    private long _first = long.MinValue;

    public CsvFields(CsvReader reader, TraceFaults faults, string[] columns, List<string> header)
    {
        _reader = reader;
        _faults = faults;
        _index = columns.Select(c => CsvTraceFormat.IndexOf(header, c)).ToArray();
        _names = columns.Select((c, i) => _index[i] < 0 ? c : header[_index[i]]).ToArray();
    }

    /// <summary>Where problems go.</summary>
    public TraceFaults Faults => _faults;

    /// <summary>Whether the file has the column and the line a value in it.</summary>
    public bool Has(int column) => _index[column] >= 0 && !Raw(column).IsEmpty;

    /// <summary>The bytes of a field; empty when the line is too short.</summary>
    public ReadOnlySpan<byte> Raw(int column) =>
        _index[column] >= 0 && _index[column] < _reader.FieldCount ? _reader.GetSpan(_index[column]) : default;

    /// <summary>A number of tokens, at least 1.</summary>
    public int Tokens(int column) => Number(column, out var value) ? _faults.Tokens(_names[column], value) : 1;

    /// <summary>A time in a unit of so many nanoseconds, converted to nanoseconds.</summary>
    public long Nanoseconds(int column, double nanosecondsPerUnit) =>
        Number(column, out var value) ? _faults.Nanoseconds(_names[column], value, nanosecondsPerUnit) : 0;

    /// <summary>A calendar date and time, as nanoseconds since the first one of the file.</summary>
    public long SinceFirst(int column)
    {
        var text = Raw(column);
        if (!CalendarTime.TryParse(text, out var nanoseconds))
        {
            _faults.Report(_names[column], text, "is not a date and time", "write 2023-11-16 18:17:03.9799600");
            return 0;
        }

        if (_first == long.MinValue) _first = nanoseconds;
        if (nanoseconds >= _first) return nanoseconds - _first;
        _faults.Report(_names[column], text, "is before the first row's time", "sort the file by time");
        return 0;
    }

    /// <summary>A whole number.</summary>
    public long Integer(int column)
    {
        var text = Raw(column);
        if (Utf8Parser.TryParse(text, out long value, out var used) && used == text.Length) return value;
        _faults.Report(_names[column], text, "is not a whole number", "");
        return 0;
    }

    /// <summary>A number that names something: itself when it is a number (-1 for any negative one: none), else a stable hash of its text.</summary>
    public long Identity(int column)
    {
        var text = Raw(column);
        if (Utf8Parser.TryParse(text, out long value, out var used) && used == text.Length) return Math.Max(-1, value);
        return StableIdentity.Of(text);
    }

    /// <summary>A finite number.</summary>
    public bool Number(int column, out double value)
    {
        var text = Raw(column);
        // Whole numbers are most of every file, and parse several times faster than decimals.
        if (Utf8Parser.TryParse(text, out long whole, out var used) && used == text.Length)
        {
            value = whole;
            return true;
        }

        if (Utf8Parser.TryParse(text, out value, out used) && used == text.Length && double.IsFinite(value)) return true;
        _faults.Report(_names[column], text, "is not a finite number", "write digits with a decimal point");
        return false;
    }
}
