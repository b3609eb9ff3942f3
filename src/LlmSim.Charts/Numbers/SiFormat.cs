using System.Globalization;

namespace LlmSim.Charts.Numbers;

/// <summary>Numbers for people: three significant digits and an SI prefix, in the invariant culture.</summary>
public static class SiFormat
{
    private static readonly string[] Large = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
    private static readonly string[] Small = ["", "m", "µ", "n", "p", "f"];

    /// <summary>"13.5 GB", "34 ms", "1.2 k tokens/s", "42 %"; "–" for NaN.</summary>
    /// <param name="value">The value in the unit without prefix; a share for <see cref="Unit.Share"/>.</param>
    /// <param name="unit">Its unit.</param>
    public static string Value(double value, Unit unit)
    {
        if (double.IsNaN(value)) return "–";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "−∞";
        var power = PowerFor(value, unit);
        var number = Significant(value / Scale(power, unit));
        if (number is "1000" && power < MaxPower(unit)) // 999.6 rounds into the next prefix
        {
            power++;
            number = Significant(value / Scale(power, unit));
        }

        var name = UnitName(power, unit);
        return name.Length == 0 ? number : number + " " + name;
    }

    /// <summary>A count in full up to a million ("8192", which "8.19 k" would hide), else with three digits and a prefix.</summary>
    public static string Count(double value) =>
        Math.Abs(value) < 1e6 && value == Math.Floor(value) ? Fixed(value, 0) : Value(value, Unit.None);

    /// <summary>Three significant digits without trailing zeros and without an exponent between 1e-4 and 1e6: "0.034", "13.5", "1230".</summary>
    public static string Significant(double value)
    {
        if (double.IsNaN(value)) return "–";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "−∞";
        if (value == 0) return "0";
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (magnitude is < -4 or > 6)
            return value.ToString("0.##e0", CultureInfo.InvariantCulture).Replace("-", "−", StringComparison.Ordinal);
        var decimals = Math.Max(0, 2 - magnitude);
        var rounded = Math.Round(value, Math.Min(decimals, 15), MidpointRounding.AwayFromZero);
        if (magnitude >= 3)
        {
            var unit = Math.Pow(10, magnitude - 2);
            rounded = Math.Round(value / unit, MidpointRounding.AwayFromZero) * unit;
        }

        return Fixed(rounded, decimals);
    }

    /// <summary>A fixed number of decimals at most, trailing zeros cut, a true minus sign.</summary>
    public static string Fixed(double value, int decimals)
    {
        var text = value.ToString("0." + new string('#', Math.Clamp(decimals, 0, 15)), CultureInfo.InvariantCulture);
        if (text is "-0") text = "0";
        return text.Replace('-', '−');
    }

    /// <summary>The power of 1000 whose prefix suits the value.</summary>
    internal static int PowerFor(double value, Unit unit)
    {
        var magnitude = Math.Abs(value);
        if (magnitude == 0 || unit.Prefix is UnitPrefix.None or UnitPrefix.Percent || !double.IsFinite(value)) return 0;
        var power = (int)Math.Floor(Math.Log10(magnitude) / 3 + 1e-12);
        return Math.Clamp(power, MinPower(unit), MaxPower(unit));
    }

    /// <summary>What one prefixed unit is worth.</summary>
    internal static double Scale(int power, Unit unit) => unit.Prefix == UnitPrefix.Percent ? 0.01 : Math.Pow(1000, power);

    /// <summary>"GB", "k tokens/s", "ms".</summary>
    internal static string UnitName(int power, Unit unit)
    {
        var prefix = power >= 0 ? Large[power] : Small[-power];
        if (prefix.Length == 0) return unit.Symbol;
        return unit.Joined || unit.Symbol.Length == 0 ? prefix + unit.Symbol : prefix + " " + unit.Symbol;
    }

    private static int MinPower(Unit unit) => unit.Prefix is UnitPrefix.Small or UnitPrefix.All ? 1 - Small.Length : 0;

    private static int MaxPower(Unit unit) => unit.Prefix is UnitPrefix.Large or UnitPrefix.All ? Large.Length - 1 : 0;
}
