namespace LlmSim.Graphs.Onnx;

/// <summary>Sizes and kinds of the element types.</summary>
public static class OnnxElements
{
    /// <summary>Width of one element, in bits; 0 for text and undefined. The sub-byte types are packed without gaps.</summary>
    public static int Bits(this OnnxElementType type) => type switch
    {
        OnnxElementType.Complex128 => 128,
        OnnxElementType.Double or OnnxElementType.Int64 or OnnxElementType.UInt64 or OnnxElementType.Complex64 => 64,
        OnnxElementType.Float or OnnxElementType.Int32 or OnnxElementType.UInt32 => 32,
        OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Int16 or OnnxElementType.UInt16 => 16,
        OnnxElementType.UInt4 or OnnxElementType.Int4 or OnnxElementType.Float4E2M1 => 4,
        OnnxElementType.UInt2 or OnnxElementType.Int2 => 2,
        OnnxElementType.Undefined or OnnxElementType.Text => 0,
        _ => 8,
    };

    /// <summary>Whether it is an integer or bool type.</summary>
    public static bool IsInteger(this OnnxElementType type) => type is OnnxElementType.Int64 or OnnxElementType.Int32 or OnnxElementType.Bool
        or OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Int16 or OnnxElementType.UInt16
        or OnnxElementType.UInt32 or OnnxElementType.UInt64 or OnnxElementType.Int4 or OnnxElementType.UInt4
        or OnnxElementType.Int2 or OnnxElementType.UInt2;

    /// <summary>Whether it is a floating-point type.</summary>
    public static bool IsFloat(this OnnxElementType type) =>
        !type.IsInteger() && type is not (OnnxElementType.Undefined or OnnxElementType.Text or OnnxElementType.Complex64 or OnnxElementType.Complex128);

    /// <summary>Bytes of a whole tensor, densely packed.</summary>
    /// <returns>−1 when the type has no fixed width or the size does not fit 63 bits.</returns>
    public static long Bytes(OnnxElementType type, IReadOnlyList<long> dimensions)
    {
        long bits = type.Bits();
        if (bits == 0) return -1;
        for (var i = 0; i < dimensions.Count; i++)
        {
            if (Math.BigMul(bits, dimensions[i], out bits) != 0 || bits < 0) return -1;
        }

        return (bits / 8) + (bits % 8 != 0 ? 1 : 0);
    }
}
