using System.Buffers.Text;
using System.Text;

namespace LlmSim.Studies.Runs.Files;

/// <summary>Writes CSV and JSON text fast: digits go straight into a byte buffer.</summary>
internal sealed class CsvBuffer(Stream stream) : IDisposable
{
    private const int Size = 1 << 16;
    private const int LongestNumber = 40;

    private readonly byte[] _bytes = new byte[Size];
    private int _used;

    /// <summary>Bytes written so far.</summary>
    public long Written { get; private set; }

    public CsvBuffer Number(long value)
    {
        Room(LongestNumber);
        Utf8Formatter.TryFormat(value, _bytes.AsSpan(_used), out var written);
        return Advance(written);
    }

    /// <summary>Nanoseconds as seconds, exactly: no digit is rounded, trailing zeros are left out. Negative ones as nothing.</summary>
    public CsvBuffer Seconds(long nanoseconds) => nanoseconds < 0 ? this : Scaled(nanoseconds, 1_000_000_000, 9);

    /// <summary>Nanoseconds as microseconds, exactly: what Perfetto reads.</summary>
    public CsvBuffer Microseconds(long nanoseconds) => Scaled(nanoseconds, 1000, 3);

    public CsvBuffer Text(ReadOnlySpan<byte> ascii)
    {
        if (ascii.Length > Size / 2) throw new ArgumentException("too long", nameof(ascii));
        Room(ascii.Length);
        ascii.CopyTo(_bytes.AsSpan(_used));
        return Advance(ascii.Length);
    }

    public CsvBuffer Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    public CsvBuffer Comma() => Text(","u8);

    public CsvBuffer Line() => Text("\n"u8);

    public void Flush()
    {
        stream.Write(_bytes, 0, _used);
        _used = 0;
        stream.Flush();
    }

    public void Dispose()
    {
        Flush();
        stream.Dispose();
    }

    private CsvBuffer Scaled(long value, long unit, int digits)
    {
        Number(value / unit);
        var rest = value % unit;
        if (rest == 0) return this;
        Room(digits + 1);
        _bytes[_used] = (byte)'.';
        for (var i = digits; i >= 1; i--)
        {
            _bytes[_used + i] = (byte)('0' + rest % 10);
            rest /= 10;
        }

        var length = digits + 1;
        while (_bytes[_used + length - 1] == '0') length--;
        return Advance(length);
    }

    private void Room(int bytes)
    {
        if (_used + bytes <= Size) return;
        stream.Write(_bytes, 0, _used);
        _used = 0;
    }

    private CsvBuffer Advance(int bytes)
    {
        _used += bytes;
        Written += bytes;
        return this;
    }
}
