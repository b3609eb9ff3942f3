using LlmSim.Files;

namespace LlmSim.Workloads.Traces;

/// <summary>
/// Cuts a stream into its top-level JSON objects without holding more than one of them: lines of a JSONL file, or the items of one array.
/// </summary>
internal sealed class JsonObjects(Stream stream, TraceFaults faults)
{
    // The longest line known (a prompt of 2 M tokens with 16-token hashes) has 1 MB.
    private const int MostBytes = 16 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;
    private bool _inArray;
    private bool _started;
    private long _line = 1;

    /// <summary>The next object's bytes, valid until the next call; sets the faults' line and clears their row.</summary>
    public bool Next(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!SkipToObject()) return false;
        faults.Line = _line;
        var length = _inArray ? ObjectLength() : LineLength();
        bytes = _buffer.AsSpan(_start, length);
        for (var i = 0; i < length; i++)
            if (bytes[i] == '\n') _line++;
        _start += length;
        bytes = bytes.TrimEnd((byte)'\r');
        return true;
    }

    /// <summary>Moves past white space (and, in an array, its brackets and commas).</summary>
    private bool SkipToObject()
    {
        while (true)
        {
            for (; _start < _end; _start++)
            {
                var c = _buffer[_start];
                if (c == '\n') _line++;
                else if (c is (byte)' ' or (byte)'\t' or (byte)'\r') continue;
                else if (!_started && c is 0xEF or 0xBB or 0xBF) continue;
                else if (!_started && c == '[') (_inArray, _started) = (true, true);
                else if (_inArray && c is (byte)',' or (byte)']') continue;
                else
                {
                    _started = true;
                    return true;
                }
            }

            if (!Fill()) return false;
        }
    }

    private int LineLength()
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0) return searched + found;
            searched = _end - _start;
            if (!Fill()) return searched;
        }
    }

    /// <summary>Length of the object that begins here, by counting brackets outside strings.</summary>
    private int ObjectLength()
    {
        var depth = 0;
        var inText = false;
        var escaped = false;
        for (var i = 0; ; i++)
        {
            if (_start + i == _end && !Fill())
                throw new InputException(new InputError(faults.File, (int)_line, "", "the file ends inside an object", "is it cut off?"));
            var c = _buffer[_start + i];
            if (escaped) escaped = false;
            else if (inText)
            {
                if (c == '\\') escaped = true;
                else if (c == '"') inText = false;
            }
            else if (c == '"') inText = true;
            else if (c is (byte)'{' or (byte)'[') depth++;
            else if (c is (byte)'}' or (byte)']' && --depth <= 0) return i + 1;
            else if (depth == 0 && c == ',') return i;
        }
    }

    /// <summary>Reads more after what is held, which moves to the buffer's beginning. False at the end of the stream.</summary>
    private bool Fill()
    {
        if (_ended) return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MostBytes)
                throw new InputException(new InputError(faults.File, (int)_line, "", $"a line of more than {MostBytes} bytes", "one request a line"));
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
        return read > 0;
    }
}
