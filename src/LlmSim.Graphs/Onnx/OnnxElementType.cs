namespace LlmSim.Graphs.Onnx;

/// <summary>TensorProto.DataType, with its numbers in the format.</summary>
public enum OnnxElementType
{
    /// <summary>Not said.</summary>
    Undefined = 0,

    /// <summary>float32.</summary>
    Float = 1,

    /// <summary>uint8.</summary>
    UInt8 = 2,

    /// <summary>int8.</summary>
    Int8 = 3,

    /// <summary>uint16.</summary>
    UInt16 = 4,

    /// <summary>int16.</summary>
    Int16 = 5,

    /// <summary>int32.</summary>
    Int32 = 6,

    /// <summary>int64.</summary>
    Int64 = 7,

    /// <summary>string.</summary>
    Text = 8,

    /// <summary>bool.</summary>
    Bool = 9,

    /// <summary>float16.</summary>
    Float16 = 10,

    /// <summary>float64.</summary>
    Double = 11,

    /// <summary>uint32.</summary>
    UInt32 = 12,

    /// <summary>uint64.</summary>
    UInt64 = 13,

    /// <summary>complex64.</summary>
    Complex64 = 14,

    /// <summary>complex128.</summary>
    Complex128 = 15,

    /// <summary>bfloat16.</summary>
    BFloat16 = 16,

    /// <summary>float8 E4M3FN.</summary>
    Float8E4M3FN = 17,

    /// <summary>float8 E4M3FNUZ.</summary>
    Float8E4M3FNUZ = 18,

    /// <summary>float8 E5M2.</summary>
    Float8E5M2 = 19,

    /// <summary>float8 E5M2FNUZ.</summary>
    Float8E5M2FNUZ = 20,

    /// <summary>uint4.</summary>
    UInt4 = 21,

    /// <summary>int4.</summary>
    Int4 = 22,

    /// <summary>float4 E2M1.</summary>
    Float4E2M1 = 23,

    /// <summary>float8 E8M0 (scales).</summary>
    Float8E8M0 = 24,

    /// <summary>uint2.</summary>
    UInt2 = 25,

    /// <summary>int2.</summary>
    Int2 = 26,
}
