using System.Buffers.Binary;
using System.Text;
using LlmSim.Graphs.Collections;
using Microsoft.Win32.SafeHandles;

namespace LlmSim.Graphs.Onnx;

/// <summary>
/// Reads protobuf fields from a window that moves over a file, or from bytes in memory. What is skipped is never read, so the memory used
/// does not depend on the size of the weights, and positions are 64-bit.
/// </summary>
/// <remarks>
/// Implementation note: a window filled by positioned reads rather than a memory mapping, because a file that shrinks under a mapping
/// kills the process, and here it is an error like any other.
/// </remarks>
internal sealed class WireReader
{
    private const int WindowBytes = 1 << 16;
    private const int LongestText = 1 << 20;

    private readonly SafeFileHandle? _file;
    private readonly Dictionary<int, List<string>> _texts = [];
    private byte[] _window;
    private long _windowStart;
    private int _windowCount;
    private int _next;

    public WireReader(byte[] bytes)
    {
        _window = bytes;
        _windowCount = bytes.Length;
        Length = bytes.Length;
    }

    public WireReader(SafeFileHandle file, long length)
    {
        _file = file;
        _window = new byte[Math.Min(length, WindowBytes)];
        Length = length;
    }

    /// <summary>Bytes of the whole file.</summary>
    public long Length { get; }

    /// <summary>Where the next byte is read.</summary>
    public long Position
    {
        get => _windowStart + _next;
        set
        {
            if (value >= _windowStart && value <= _windowStart + _windowCount)
            {
                _next = (int)(value - _windowStart);
                return;
            }

            _windowStart = value;
            _windowCount = _next = 0;
        }
    }

    /// <summary>Reads a field's number and wire type (0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes).</summary>
    public bool TryField(long end, out int number, out int wireType)
    {
        number = wireType = 0;
        if (Position >= end) return false;
        var key = Varint(end);
        wireType = (int)(key & 7);
        if (key >> 3 is 0 or > 536_870_911 || wireType is 3 or 4 or > 5) throw Bad($"no field can start with {key} at byte {Position}");
        number = (int)(key >> 3);
        return true;
    }

    public ulong Varint(long end)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (Position >= end) throw Truncated();
            if (_next >= _windowCount) Fill(1);
            var part = _window[_next++];
            if (shift == 63 && part > 1) break;
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw Bad($"a number at byte {Position} is longer than 64 bits");
    }

    /// <summary>A signed integer, which protobuf stores as its two's complement.</summary>
    public long Int(int wireType, long end) => wireType == 0 ? unchecked((long)Varint(end)) : throw Mistyped();

    /// <summary>Whole numbers of a repeated field: one, or many packed together, each of which is charged for.</summary>
    public void Ints(int wireType, long end, Growing<long> list, Action charge)
    {
        if (wireType == 0)
        {
            list.Add(Int(wireType, end));
            return;
        }

        var stop = FieldEnd(wireType, end);
        while (Position < stop)
        {
            charge();
            list.Add(Int(0, stop));
        }
    }

    public float Float(int wireType, long end)
    {
        if (wireType != 5) throw Mistyped();
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4, end));
    }

    /// <summary>The end of a length-delimited field that starts here.</summary>
    public long FieldEnd(int wireType, long end)
    {
        if (wireType != 2) throw Mistyped();
        var length = Varint(end);
        if (length > (ulong)(end - Position)) throw Truncated();
        return Position + (long)length;
    }

    public void Skip(int wireType, long end)
    {
        switch (wireType)
        {
            case 0: Varint(end); break;
            case 1: Advance(8, end); break;
            case 2: Position = FieldEnd(wireType, end); break;
            default: Advance(4, end); break;
        }
    }

    /// <summary>A text. Equal texts are one object, since names of values occur at least twice.</summary>
    public string Text(int wireType, long end)
    {
        var stop = FieldEnd(wireType, end);
        var length = stop - Position;
        if (length == 0) return "";
        if (length > LongestText) throw Bad($"a text of {length} bytes at byte {Position}");
        var bytes = Take((int)length, stop);
        var hash = unchecked((int)2166136261);
        foreach (var b in bytes) hash = unchecked((hash ^ b) * 16777619);
        if (!_texts.TryGetValue(hash, out var known)) _texts[hash] = known = new List<string>(1);
        Span<byte> buffer = stackalloc byte[256];
        foreach (var candidate in known)
        {
            if (candidate.Length > bytes.Length || bytes.Length > buffer.Length) continue;
            if (Encoding.UTF8.TryGetBytes(candidate, buffer, out var written) && bytes.SequenceEqual(buffer[..written])) return candidate;
        }

        var text = Encoding.UTF8.GetString(bytes);
        if (known.Count < 8) known.Add(text);
        return text;
    }

    /// <summary>Bytes that follow here, valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count, long end)
    {
        if (count > end - Position) throw Truncated();
        if (_windowCount - _next < count) Fill(count);
        _next += count;
        return _window.AsSpan(_next - count, count);
    }

    public OnnxFormatException Truncated() => Bad($"the file ends, or a part of it does, in the middle of a field at byte {Position} of {Length}");

    public OnnxFormatException Mistyped() => Bad($"a field at byte {Position} does not have the type that ONNX gives it");

    public static OnnxFormatException Bad(string problem) => new("", problem);

    private void Advance(int count, long end)
    {
        if (count > end - Position) throw Truncated();
        Position += count;
    }

    /// <summary>Moves the window so that it starts at the current position and holds at least so many bytes.</summary>
    private void Fill(int count)
    {
        if (_file is null) throw Truncated();
        var start = Position;
        if (_window.Length < count) _window = new byte[count];
        var filled = 0;
        while (filled < _window.Length)
        {
            var read = RandomAccess.Read(_file, _window.AsSpan(filled), start + filled);
            if (read == 0) break;
            filled += read;
        }

        _windowStart = start;
        _windowCount = filled;
        _next = 0;
        if (filled < count) throw Truncated();
    }
}
