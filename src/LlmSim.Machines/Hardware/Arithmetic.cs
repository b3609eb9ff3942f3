using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.Hardware;

/// <summary>Which format arithmetic runs in, and on which units.</summary>
public static class Arithmetic
{
    private static readonly NumberFormat[] s_fp4 = [NumberFormat.Fp4, NumberFormat.Fp8, NumberFormat.Bf16, NumberFormat.Fp16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_fp8 = [NumberFormat.Fp8, NumberFormat.Bf16, NumberFormat.Fp16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_int4 =
        [NumberFormat.Int4, NumberFormat.Int8, NumberFormat.Fp16, NumberFormat.Bf16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_int8 = [NumberFormat.Int8, NumberFormat.Fp16, NumberFormat.Bf16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_fp16 = [NumberFormat.Fp16, NumberFormat.Bf16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_bf16 = [NumberFormat.Bf16, NumberFormat.Fp16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_fp32 = [NumberFormat.Fp32];
    private static readonly NumberFormat[] s_fp64 = [NumberFormat.Fp64];

    /// <summary>
    /// The format that a product of two operands is computed in: the wider of the two, and of two as wide the first's. So int8 and fp8 rates need both
    /// operands at 8 bits or less, and int4 weights with fp16 activations compute in fp16.
    /// </summary>
    public static NumberFormat Of(NumberFormat first, NumberFormat second) => first.Bits() >= second.Bits() ? first : second;

    /// <summary>
    /// Format and rate of arithmetic asked for in <paramref name="format"/>: that format where <paramref name="preferred"/> or <paramref name="other"/> units
    /// offer it, else the next wider one (fp4 → fp8 → 16 bits → fp32; bf16 and fp16 stand in for each other).
    /// Where nothing as wide is offered (fp32 on a TPU), the widest there is: such devices compute in it.
    /// </summary>
    /// <param name="format">The format asked for.</param>
    /// <param name="preferred">The units that this work is for.</param>
    /// <param name="other">The device's other units, which take it where the preferred ones lack the format (fp32 products on vector units).</param>
    public static (NumberFormat Format, double OperationsPerSecond) Rate(NumberFormat format, FormatRates preferred, FormatRates other)
    {
        ArgumentNullException.ThrowIfNull(preferred);
        ArgumentNullException.ThrowIfNull(other);
        foreach (var candidate in Widening(format))
        {
            if (preferred.Offers(candidate)) return (candidate, preferred[candidate]);
            if (other.Offers(candidate)) return (candidate, other[candidate]);
        }

        var widest = preferred.Formats.Concat(other.Formats).MaxBy(f => f.Bits());
        return (widest, Math.Max(preferred[widest], other[widest]));
    }

    private static NumberFormat[] Widening(NumberFormat format) => format switch
    {
        NumberFormat.Fp4 => s_fp4,
        NumberFormat.Fp8 => s_fp8,
        NumberFormat.Int4 or NumberFormat.Int3 or NumberFormat.Int2 or NumberFormat.Int1 => s_int4,
        NumberFormat.Int8 => s_int8,
        NumberFormat.Fp16 => s_fp16,
        NumberFormat.Bf16 => s_bf16,
        NumberFormat.Fp64 => s_fp64,
        _ => s_fp32,
    };
}
