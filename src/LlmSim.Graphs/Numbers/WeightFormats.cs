using System.Globalization;

namespace LlmSim.Graphs.Numbers;

/// <summary>Weight storage by the names that people use.</summary>
public static class WeightFormats
{
    /// <summary>How to write one, for help texts.</summary>
    public const string Syntax = "fp32, fp16, bf16, fp8, int8, int4, fp4, int3, int2 or int1; :gN after it sets the weights that share a scale (:g0 for none)";

    /// <summary>
    /// The usual storage of a format: 8 bits and more without group scales (one scale a matrix or output is lost in rounding), fp4 in the blocks of
    /// 32 with an 8-bit scale that OCP Microscaling v1.0 defines, integers below 8 bits in groups of 128 with an fp16 scale and a zero point of
    /// their own width, as GPTQ and AWQ checkpoints have by default.
    /// </summary>
    public static WeightFormat Usual(NumberFormat format) => format switch
    {
        NumberFormat.Fp4 => new WeightFormat(format, GroupSize: 32, ScaleBits: 8),
        NumberFormat.Int4 or NumberFormat.Int3 or NumberFormat.Int2 or NumberFormat.Int1 =>
            new WeightFormat(format, GroupSize: 128, ScaleBits: 16, ZeroPointBits: format.Bits()),
        _ => new WeightFormat(format),
    };

    /// <summary>Reads "int4", "int4:g32", "int4:g0", "fp16".</summary>
    /// <returns>False when it is none of these.</returns>
    public static bool TryParse(string text, out WeightFormat format)
    {
        format = default;
        var parts = text.Split(':');
        if (parts.Length > 2 || !NumberFormats.TryParse(parts[0], out var number) || number is NumberFormat.Int64 or NumberFormat.Int32) return false;
        format = Usual(number);
        if (parts.Length == 1) return true;
        if (!parts[1].StartsWith('g') || !int.TryParse(parts[1].AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var group)) return false;
        // Groups share a scale; what is not quantised has none.
        if (group > 0 && number.Bits() >= 16) return false;
        format = group == 0
            ? new WeightFormat(number)
            : format with { GroupSize = group, ScaleBits = format.ScaleBits == 0 ? 16 : format.ScaleBits };
        return true;
    }

    /// <summary>The text that <see cref="TryParse"/> reads back.</summary>
    public static string Describe(this WeightFormat format) =>
        format == Usual(format.Format) ? format.Format.Name() : $"{format.Format.Name()}:g{format.GroupSize}";
}
