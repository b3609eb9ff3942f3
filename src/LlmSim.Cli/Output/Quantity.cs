namespace LlmSim.Cli.Output;

/// <summary>Numbers for eyes: three significant digits and an SI prefix.</summary>
internal static class Quantity
{
    private static readonly string[] Large = ["", "k", "M", "G", "T", "P", "E", "Z"];
    private static readonly string[] Small = ["", "m", "µ", "n", "p"];

    /// <summary>A value with its unit: 13.5 GB, 443 µs, 155 TFLOP/s.</summary>
    public static string Format(double value, string unit)
    {
        if (double.IsNaN(value)) return "–";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "-∞";
        var magnitude = Math.Abs(value);
        var step = 0;
        while (magnitude >= 999.5 && step < Large.Length - 1)
        {
            magnitude /= 1000;
            step++;
        }

        // Bytes and counts have no thousandths; seconds and watts have.
        while (magnitude is > 0 and < 0.9995 && step > 1 - Small.Length && unit.StartsWith('s'))
        {
            magnitude *= 1000;
            step--;
        }

        var digits = magnitude switch { 0 => "0", >= 99.95 => magnitude.ToString("0"), >= 9.995 => magnitude.ToString("0.0"), _ => magnitude.ToString("0.00") };
        var prefix = step >= 0 ? Large[step] : Small[-step];
        var tail = prefix + unit;
        return (value < 0 ? "-" : "") + digits + (tail.Length > 0 ? " " + tail : "");
    }
}
