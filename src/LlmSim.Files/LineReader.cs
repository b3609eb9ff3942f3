namespace LlmSim.Files;

/// <summary>Reads the lines of a text file, each of bounded length: a file without line ends cannot fill the memory.</summary>
/// <param name="file">The file's name, for messages.</param>
/// <param name="stream">Its content; disposed with this.</param>
/// <param name="longest">Characters of a line at most, at least 1.</param>
public sealed class LineReader(string file, Stream stream, int longest) : IDisposable
{
    private readonly StreamReader _reader = new(stream);
    private char[] _line = new char[Math.Min(longest, 4096)];

    /// <summary>Number of the line that was read last, from 1; 0 before the first.</summary>
    public int Line { get; private set; }

    /// <summary>The next line without its end; null behind the last.</summary>
    /// <exception cref="InputException">It is longer than allowed; the error names file and line.</exception>
    public string? Next()
    {
        Line++;
        var length = 0;
        int c;
        while ((c = _reader.Read()) >= 0 && c != '\n')
        {
            if (length == longest)
                throw new InputException(new InputError(file, Line, "", $"is longer than {longest} characters", "a table has many short lines; is this the right file?"));
            if (length == _line.Length) Array.Resize(ref _line, Math.Min(longest, 2 * length));
            _line[length++] = (char)c;
        }

        if (c < 0 && length == 0) return null;
        if (length > 0 && _line[length - 1] == '\r') length--;
        return new string(_line, 0, length);
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();
}
