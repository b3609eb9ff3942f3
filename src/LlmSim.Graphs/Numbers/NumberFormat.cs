namespace LlmSim.Graphs.Numbers;

/// <summary>How one number is stored or computed with. To add a format: one member here, one row in <see cref="NumberFormats"/>.</summary>
public enum NumberFormat
{
    /// <summary>IEEE binary32.</summary>
    Fp32,

    /// <summary>IEEE binary16.</summary>
    Fp16,

    /// <summary>bfloat16.</summary>
    Bf16,

    /// <summary>8-bit floating point, E4M3 or E5M2.</summary>
    Fp8,

    /// <summary>8-bit integer.</summary>
    Int8,

    /// <summary>4-bit floating point, E2M1 (MXFP4, NVFP4).</summary>
    Fp4,

    /// <summary>4-bit integer.</summary>
    Int4,

    /// <summary>3-bit integer; stored only, no machine computes with it.</summary>
    Int3,

    /// <summary>2-bit integer; stored only.</summary>
    Int2,

    /// <summary>1-bit integer; stored only.</summary>
    Int1,

    /// <summary>IEEE binary64.</summary>
    Fp64,

    /// <summary>64-bit integer: token ids, positions.</summary>
    Int64,

    /// <summary>32-bit integer.</summary>
    Int32,
}
