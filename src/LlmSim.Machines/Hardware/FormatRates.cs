using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.Hardware;

/// <summary>Dense peak rates of one kind of unit, per number format, in operations per second (1 multiply-accumulate = 2).</summary>
public sealed class FormatRates
{
    private readonly double[] _operationsPerSecond = new double[Enum.GetValues<NumberFormat>().Length];

    /// <summary>No unit of this kind.</summary>
    public static FormatRates None { get; } = new([]);

    /// <summary>Rates by format; formats that are not named are not offered.</summary>
    public FormatRates(IEnumerable<KeyValuePair<NumberFormat, double>> rates)
    {
        foreach (var (format, rate) in rates) _operationsPerSecond[(int)format] = rate;
    }

    /// <summary>Operations per second in a format; 0 when the unit does not compute in it.</summary>
    public double this[NumberFormat format] => _operationsPerSecond[(int)format];

    /// <summary>Whether the unit computes in a format.</summary>
    public bool Offers(NumberFormat format) => this[format] > 0;

    /// <summary>Formats the unit computes in, by declaration order of <see cref="NumberFormat"/>.</summary>
    public IEnumerable<NumberFormat> Formats => Enum.GetValues<NumberFormat>().Where(Offers);

    /// <summary>Whether nothing is offered.</summary>
    public bool IsEmpty => !Array.Exists(_operationsPerSecond, rate => rate > 0);

    /// <summary>
    /// The format that arithmetic asked for in <paramref name="format"/> really runs in: itself where offered, else the nearest that holds its
    /// numbers — bf16 and fp16 stand in for each other, fp8, int8 and 4-bit formats widen to 8 and then 16 bits, 16 bits to fp32.
    /// Null when even fp32 is missing.
    /// </summary>
    public NumberFormat? Executed(NumberFormat format)
    {
        foreach (var candidate in Widening(format))
            if (Offers(candidate)) return candidate;
        return null;
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

    private static readonly NumberFormat[] s_fp4 = [NumberFormat.Fp4, NumberFormat.Fp8, NumberFormat.Bf16, NumberFormat.Fp16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_fp8 = [NumberFormat.Fp8, NumberFormat.Bf16, NumberFormat.Fp16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_int4 =
        [NumberFormat.Int4, NumberFormat.Int8, NumberFormat.Fp16, NumberFormat.Bf16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_int8 = [NumberFormat.Int8, NumberFormat.Fp16, NumberFormat.Bf16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_fp16 = [NumberFormat.Fp16, NumberFormat.Bf16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_bf16 = [NumberFormat.Bf16, NumberFormat.Fp16, NumberFormat.Fp32];
    private static readonly NumberFormat[] s_fp32 = [NumberFormat.Fp32];
    private static readonly NumberFormat[] s_fp64 = [NumberFormat.Fp64];
}
