using LlmSim.Files;

namespace LlmSim.Workloads.Traces;

/// <summary>A stream whose first bytes were looked at and come again: formats are recognised before anything is read, also in gzip files.</summary>
internal sealed class HeadStream : ForwardStream
{
    private readonly byte[] _head = new byte[1 << 14];
    private readonly int _length;
    private int _given;

    /// <summary>Looks at the first bytes of a stream.</summary>
    public HeadStream(Stream inner)
        : base(inner) => _length = inner.ReadAtLeast(_head, _head.Length, throwOnEndOfStream: false);

    /// <summary>
    /// The first line that holds something, without its line break, cut off at the head's length; the head itself where a JSON array spreads
    /// over lines.
    /// </summary>
    public ReadOnlySpan<byte> FirstLine
    {
        get
        {
            var head = _head.AsSpan(0, _length).TrimStart(" \t\r\n"u8);
            if (head.StartsWith("["u8)) return head;
            var end = head.IndexOf((byte)'\n');
            return (end < 0 ? head : head[..end]).TrimEnd((byte)'\r');
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (_given >= _length) return Inner.Read(buffer);
        var count = Math.Min(buffer.Length, _length - _given);
        _head.AsSpan(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }
}
