using System.Buffers.Binary;

namespace LlmSim.Graphs.Onnx;

/// <summary>
/// Collects a tensor's elements from the typed fields of TensorProto, which hold one number per element, or per byte of packed sub-byte
/// elements. Once there are too many to be kept, they are passed over.
/// </summary>
internal struct TypedData
{
    private const int MaxElements = TensorReader.MaxIntegerBytes;

    private List<ulong>? _elements;
    private bool _dropped;

    /// <summary>Elements seen; only ever compared with 0 once some were dropped.</summary>
    public readonly int Count => _elements?.Count ?? 0;

    /// <summary>float_data or double_data, packed or not.</summary>
    public void Fixed(WireReader wire, int type, long end, int width)
    {
        var stop = end;
        if (type == 2) stop = wire.FieldEnd(type, end);
        else if (type != (width == 4 ? 5 : 1)) throw wire.Mistyped();
        else stop = wire.Position + width;
        if (stop > end) throw wire.Truncated();
        if ((stop - wire.Position) / width > MaxElements) _dropped = true;
        if (_dropped)
        {
            (_elements ??= []).Add(0);
            wire.Position = stop;
            return;
        }

        while (wire.Position < stop)
        {
            var bytes = wire.Take(width, stop);
            Add(width == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
    }

    /// <summary>int32_data, int64_data or uint64_data, packed or not.</summary>
    public void Varints(WireReader wire, int type, long end)
    {
        if (type == 0)
        {
            Add(wire.Varint(end));
            return;
        }

        var stop = wire.FieldEnd(type, end);

        // A varint has at most ten bytes.
        if ((stop - wire.Position) / 10 > MaxElements) _dropped = true;
        while (wire.Position < stop && !_dropped) Add(wire.Varint(stop));
        if (!_dropped) return;
        (_elements ??= []).Add(0);
        wire.Position = stop;
    }

    /// <summary>The elements as raw_data would hold them; null when they were too many or do not fill the tensor.</summary>
    /// <param name="element">Element type.</param>
    /// <param name="bytes">Bytes that the dims ask for.</param>
    public readonly byte[]? Normalised(OnnxElementType element, long bytes)
    {
        var bits = element.Bits();
        if (_dropped || bytes < 0 || bytes > (element.IsInteger() ? TensorReader.MaxIntegerBytes : TensorReader.MaxFloatBytes)) return null;

        // complex64 stands as two floats in float_data, complex128 as two doubles, and sub-byte types as one byte each.
        var width = element is OnnxElementType.Complex64 or OnnxElementType.Complex128 ? bits / 16 : Math.Max(1, bits / 8);
        if ((long)Count * width != bytes) return null;
        var data = new byte[bytes];
        Span<byte> one = stackalloc byte[8];
        for (var i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(one, _elements![i]);
            one[..width].CopyTo(data.AsSpan(i * width));
        }

        return data;
    }

    private void Add(ulong value)
    {
        _elements ??= [];
        if (_elements.Count >= MaxElements) _dropped = true;
        else _elements.Add(value);
    }
}
