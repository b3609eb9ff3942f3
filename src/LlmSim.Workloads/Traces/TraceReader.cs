using LlmSim.Files;

namespace LlmSim.Workloads.Traces;

/// <summary>
/// Reads a trace file row by row, plain or gzip, holding no more than a few rows: a trace larger than memory replays. At the first bad row
/// reading goes on to the end of the file, so that all errors are told at once (up to <see cref="InputErrors.Limit"/>), and then stops.
/// </summary>
public sealed class TraceReader : IDisposable
{
    private readonly FileStream _file;
    private readonly TraceFaults _faults;
    private readonly ITraceRows _rows;
    private readonly bool _skipBadRows;
    private readonly string _timeless;
    private long _latest;

    private TraceReader(FileStream file, TraceFaults faults, ITraceFormat format, ITraceRows rows, TraceOptions options)
    {
        _file = file;
        _faults = faults;
        _rows = rows;
        _skipBadRows = options.SkipBadRows;
        Format = format;
        _timeless = format is Formats.LengthsTrace ? format.Name : "";
    }

    /// <summary>The format it is read in.</summary>
    public ITraceFormat Format { get; }

    /// <summary>Bad rows left out so far.</summary>
    public long SkippedRows { get; private set; }

    /// <summary>Rows left out so far that the trace itself records as failed requests.</summary>
    public long FailedRows => _faults.FailedRows;

    /// <summary>Share of the file that was read, from 0 to 1.</summary>
    public double FractionRead => _file.Length == 0 ? 1 : Math.Min(1, (double)_file.Position / _file.Length);

    /// <summary>Whether the format records arrival times at all.</summary>
    public bool HasTimes => _timeless.Length == 0;

    /// <summary>Opens a trace.</summary>
    /// <exception cref="InputException">There is no such file, or its format is not known.</exception>
    public static TraceReader Open(string path, TraceOptions? options = null)
    {
        options ??= TraceOptions.Default;
        if (string.IsNullOrWhiteSpace(path)) throw new InputException(new InputError("trace", 0, "", "the file's name is empty", "name a file"));
        if (Directory.Exists(path)) throw new InputException(new InputError(path, 0, "", "is a folder", "name a file in it"));
        var named = options.Format is null ? null : TraceFormats.Named(options.Format);
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            var stream = GzipFile.Content(file);
            var head = new HeadStream(stream);
            var format = named ?? TraceFormats.Of(head.FirstLine) ?? throw Unknown(path, head.FirstLine);
            var faults = new TraceFaults(path);
            return new TraceReader(file, faults, format, format.Open(head, faults, options), options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or InvalidDataException)
        {
            file?.Dispose();
            throw new InputException(new InputError(path, 0, "", e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : e.Message));
        }
        catch (InputException)
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next good row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InputException">A row is bad and bad rows are not skipped; carries the errors of all rows.</exception>
    public bool Read(out TraceRow row)
    {
        row = new TraceRow();
        while (Advance(ref row))
        {
            if (_faults.RowIsFailed)
            {
                _faults.FailedRows++;
                continue;
            }

            if (!_faults.RowIsBad) CheckTime(row);
            if (!_faults.RowIsBad)
            {
                if (row.ArrivalNanoseconds >= 0) _latest = row.ArrivalNanoseconds;
                if (_faults.Errors.Any && !_skipBadRows) continue;
                return true;
            }

            if (_skipBadRows) SkippedRows++;
            else if (_faults.Errors.Count >= InputErrors.Limit) break;
        }

        if (!_skipBadRows) _faults.Errors.ThrowIfAny();
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _file.Dispose();
    }

    private bool Advance(ref TraceRow row)
    {
        _faults.RowIsBad = false;
        _faults.RowIsFailed = false;
        try
        {
            return _rows.Next(ref row);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new InputException(new InputError(_faults.File, (int)_faults.Line, "", "cannot be read on: " + e.Message));
        }
    }

    private void CheckTime(in TraceRow row)
    {
        if (row.ArrivalNanoseconds < 0)
        {
            // Without a time of its own a request follows its session's previous one, or comes from a file that has no times at all.
            if (HasTimes && (row.DelayNanoseconds < 0 || row.Session < 0))
                _faults.Report("", "the row has no arrival time", "give one, or a session and a pause after its previous request");
        }
        else if (row.ArrivalNanoseconds < _latest)
        {
            var early = (_latest - row.ArrivalNanoseconds) / 1e9;
            _faults.Report("", FormattableString.Invariant($"arrives {early:R} s before the row above it"), "sort the file by time");
        }
    }

    private static InputException Unknown(string path, ReadOnlySpan<byte> firstLine)
    {
        var line = System.Text.Encoding.UTF8.GetString(firstLine.Length > 80 ? firstLine[..80] : firstLine);
        var problem = firstLine.IsEmpty ? "the file is empty" : $"no known trace format begins with \"{line.Replace('\0', '?')}\"";
        return new InputException(new InputError(path, 1, "", problem, "name one: " + string.Join(", ", TraceFormats.All.Select(f => f.Name))));
    }
}
