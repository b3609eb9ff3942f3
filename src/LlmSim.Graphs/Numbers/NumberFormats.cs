namespace LlmSim.Graphs.Numbers;

/// <summary>Sizes and names of the number formats.</summary>
public static class NumberFormats
{
    /// <summary>Width of one number, in bits.</summary>
    public static int Bits(this NumberFormat format) => format switch
    {
        NumberFormat.Fp64 or NumberFormat.Int64 => 64,
        NumberFormat.Fp32 or NumberFormat.Int32 => 32,
        NumberFormat.Fp16 or NumberFormat.Bf16 => 16,
        NumberFormat.Fp8 or NumberFormat.Int8 => 8,
        NumberFormat.Fp4 or NumberFormat.Int4 => 4,
        NumberFormat.Int3 => 3,
        NumberFormat.Int2 => 2,
        NumberFormat.Int1 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>Size of one number, in bytes; a fraction below 8 bits.</summary>
    public static double Bytes(this NumberFormat format) => format.Bits() / 8.0;

    /// <summary>The name that people write and read: "fp16", "int4".</summary>
    public static string Name(this NumberFormat format) => format switch
    {
        NumberFormat.Fp64 => "fp64",
        NumberFormat.Fp32 => "fp32",
        NumberFormat.Fp16 => "fp16",
        NumberFormat.Bf16 => "bf16",
        NumberFormat.Fp8 => "fp8",
        NumberFormat.Fp4 => "fp4",
        NumberFormat.Int64 => "int64",
        NumberFormat.Int32 => "int32",
        NumberFormat.Int8 => "int8",
        NumberFormat.Int4 => "int4",
        NumberFormat.Int3 => "int3",
        NumberFormat.Int2 => "int2",
        NumberFormat.Int1 => "int1",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>Reads a name as <see cref="Name"/> writes it, in any case.</summary>
    /// <returns>False when no format has that name.</returns>
    public static bool TryParse(string? name, out NumberFormat format)
    {
        foreach (var candidate in Enum.GetValues<NumberFormat>())
        {
            if (!string.Equals(candidate.Name(), name, StringComparison.OrdinalIgnoreCase)) continue;
            format = candidate;
            return true;
        }

        format = default;
        return false;
    }
}
