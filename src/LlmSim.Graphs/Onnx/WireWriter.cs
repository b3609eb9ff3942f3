using System.Buffers.Binary;
using System.Text;

namespace LlmSim.Graphs.Onnx;

/// <summary>
/// Writes the protobuf wire format into a growing buffer: varints, fixed 32-bit numbers, byte strings and nested messages.
/// </summary>
/// <remarks>
/// Implementation note: a nested message is written in place and then moved to make room for its length. The moves copy each byte once per
/// level of nesting (four in a model), which costs less than measuring everything beforehand.
/// </remarks>
internal sealed class WireWriter
{
    private byte[] _buffer = new byte[4096];
    private int _length;

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>An integer or enumeration field.</summary>
    public void Int(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
    }

    /// <summary>A 32-bit float field.</summary>
    public void Float(int field, float value)
    {
        Varint(((ulong)field << 3) | 5);
        BinaryPrimitives.WriteSingleLittleEndian(Reserve(4), value);
    }

    /// <summary>A string field, written even when it is empty.</summary>
    public void Text(int field, string value)
    {
        Varint(((ulong)field << 3) | 2);
        var count = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)count);
        Encoding.UTF8.GetBytes(value, Reserve(count));
    }

    /// <summary>A string field, left out when it is empty, as protobuf's default.</summary>
    public void TextUnlessEmpty(int field, string value)
    {
        if (value.Length > 0) Text(field, value);
    }

    /// <summary>A field of bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        value.CopyTo(Reserve(value.Length));
    }

    /// <summary>A nested message.</summary>
    /// <param name="field">Field number.</param>
    /// <param name="value">What to write.</param>
    /// <param name="write">Writes its fields; static, so that nothing is captured.</param>
    public void Message<T>(int field, T value, Action<WireWriter, T> write)
    {
        Varint(((ulong)field << 3) | 2);
        var start = _length;
        write(this, value);
        var size = _length - start;
        var prefix = VarintSize((ulong)size);
        Reserve(prefix);
        _buffer.AsSpan(start, size).CopyTo(_buffer.AsSpan(start + prefix));
        _length = start;
        Varint((ulong)size);
        _length = start + prefix + size;
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Reserve(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }

        Reserve(1)[0] = (byte)value;
    }

    private static int VarintSize(ulong value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7) size++;
        return size;
    }

    private Span<byte> Reserve(int count)
    {
        var needed = checked(_length + count);
        if (needed > _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
        var span = _buffer.AsSpan(_length, count);
        _length = needed;
        return span;
    }
}
