using CsvHelper;
using LlmSim.Files;

namespace LlmSim.Workloads.Traces;

/// <summary>Reads the rows of a CSV trace as a stream.</summary>
/// <remarks>
/// Implementation note: CsvHelper costs about 25 ms of start-up more than splitting lines by hand would (35 ms against 10 ms for the
/// 19,366 rows of the Azure conversation trace in a fresh process, ReadyToRun, one shared core). Quotes, line numbers and a bound on hostile
/// records come with it.
/// </remarks>
internal sealed class CsvTraceRows : ITraceRows
{
    // A line of a trace has a few dozen bytes; this bounds what an unclosed quote can make the reader hold.
    private const int MostRecordBytes = 1 << 16;

    private readonly CsvReader _reader;
    private readonly CsvTraceFormat _format;
    private readonly TraceFaults _faults;
    private readonly CsvFields _fields;

    public CsvTraceRows(Stream stream, CsvTraceFormat format, TraceFaults faults)
    {
        _format = format;
        _faults = faults;
        _reader = CsvReader.Create(stream, new CsvReaderOptions
        {
            Separator = ',',
            HasHeader = false,
            TrackLineNumbers = true,
            TrimWhitespace = true,
            MaxRecordSize = MostRecordBytes,
        });
        var names = new List<string>();
        if (Advance())
            for (var i = 0; i < _reader.FieldCount; i++) names.Add(_reader.GetString(i));
        foreach (var column in format.Required)
        {
            if (CsvTraceFormat.IndexOf(names, column) < 0)
                faults.Errors.Add(faults.File, 1, column, $"format {format.Name} needs this column", "columns: " + string.Join(", ", names.Take(20)));
        }

        faults.Errors.ThrowIfAny();
        _fields = new CsvFields(_reader, faults, [.. format.Required, .. format.Optional], names);
    }

    public bool Next(ref TraceRow row)
    {
        if (!Advance()) return false;
        row = new TraceRow();
        _format.Read(_fields, ref row);
        return true;
    }

    public void Dispose() => _reader.Dispose();

    private bool Advance()
    {
        try
        {
            if (!_reader.Read()) return false;
            _faults.Line = _reader.LineNumber;
            return true;
        }
        catch (Exception e) when (e is CsvFormatException or CsvValidationException or InvalidDataException)
        {
            // Nothing after a record that cannot be delimited can be trusted.
            throw new InputException(new InputError(_faults.File, (int)_faults.Line + 1, "", "not readable as CSV: " + e.Message.TrimEnd('.'), $"write a request a line, of at most {MostRecordBytes} bytes, and close every quote"));
        }
    }
}
