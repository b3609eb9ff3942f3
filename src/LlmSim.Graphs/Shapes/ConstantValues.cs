using System.Buffers.Binary;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Elements of constants.</summary>
internal static class ConstantValues
{
    /// <summary>The elements; null when they were not read, are too many, or are no numbers.</summary>
    public static KnownValue? Of(OnnxTensor tensor)
    {
        if (tensor.Data is not { } data) return null;
        long count = 1;
        foreach (var dimension in tensor.Dimensions)
        {
            count *= dimension;
            if (count is < 0 or > KnownValue.MaxElements) return null;
        }

        var width = tensor.ElementType.Bits() / 8;
        if (width == 0 || data.Length != count * width) return null;
        var elements = new Scalar[count];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = Element(tensor.ElementType, data.Span.Slice(i * width, width));
            if (elements[i].IsUnknown) return null;
        }

        return KnownValue.Of(elements);
    }

    private static Scalar Element(OnnxElementType type, ReadOnlySpan<byte> bytes) => type switch
    {
        OnnxElementType.Int64 => Scalar.Of((Dim)BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        OnnxElementType.Int32 => Scalar.Of((Dim)BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        OnnxElementType.Int16 => Scalar.Of((Dim)BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        OnnxElementType.Int8 => Scalar.Of((Dim)(sbyte)bytes[0]),
        OnnxElementType.UInt8 or OnnxElementType.Bool => Scalar.Of((Dim)bytes[0]),
        OnnxElementType.UInt16 => Scalar.Of((Dim)BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        OnnxElementType.UInt32 => Scalar.Of((Dim)BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
        OnnxElementType.UInt64 when BinaryPrimitives.ReadUInt64LittleEndian(bytes) is <= long.MaxValue and var whole => Scalar.Of((Dim)(long)whole),
        OnnxElementType.Float => Scalar.Of((double)BinaryPrimitives.ReadSingleLittleEndian(bytes)),
        OnnxElementType.Double => Scalar.Of(BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        OnnxElementType.Float16 => Scalar.Of((double)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
        OnnxElementType.BFloat16 => Scalar.Of((double)BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16)),
        _ => Scalar.Unknown,
    };
}
