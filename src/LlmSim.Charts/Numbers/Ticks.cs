namespace LlmSim.Charts.Numbers;

/// <summary>Where an axis has its ticks and what they say: steps of 1, 2 or 5 times a power of ten, decades on log axes.</summary>
public static class Ticks
{
    /// <summary>Steps in seconds that people read as time.</summary>
    private static readonly double[] TimeSteps = [60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

    /// <summary>Which multiples of a decade are labelled: fewer where there are many decades, more where one label would be alone.</summary>
    private static readonly int[][] LogFactors = [[1], [1, 5], [1, 2, 5]];

    /// <summary>Ticks of a linear axis.</summary>
    /// <param name="minimum">Lower end.</param>
    /// <param name="maximum">Upper end, above the lower.</param>
    /// <param name="most">At most this many, at least 2.</param>
    /// <param name="unit">Unit of the values.</param>
    /// <returns>The ticks, and the unit with its prefix for the axis title.</returns>
    public static (IReadOnlyList<Tick> Ticks, string UnitName) Linear(double minimum, double maximum, int most, Unit unit)
    {
        var power = SiFormat.PowerFor(Math.Max(Math.Abs(minimum), Math.Abs(maximum)), unit);
        var scale = SiFormat.Scale(power, unit);
        var step = Step((maximum - minimum) / scale, most);
        var decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9));
        var ticks = new List<Tick>();
        foreach (var value in Multiples(minimum / scale, maximum / scale, step)) ticks.Add(new(value * scale, SiFormat.Fixed(value, decimals)));
        return (ticks, SiFormat.UnitName(power, unit));
    }

    /// <summary>Ticks of a log axis: decades, with 2 and 5 between them where there are few. Short units are part of every label ("10 ms").</summary>
    /// <param name="minimum">Lower end, positive.</param>
    /// <param name="maximum">Upper end, above the lower.</param>
    /// <param name="most">At most about this many labels.</param>
    /// <param name="unit">Unit of the values.</param>
    /// <returns>The ticks, and the unit for the axis title.</returns>
    public static (IReadOnlyList<Tick> Ticks, string UnitName) Log(double minimum, double maximum, int most, Unit unit)
    {
        var low = Math.Log10(minimum) - 1e-9;
        var high = Math.Log10(maximum) + 1e-9;
        var decades = high - low;
        var every = Math.Max(1, (int)Math.Ceiling(decades / Math.Max(most, 2)));
        for (var dense = decades * 3 <= most ? 2 : 0; dense < LogFactors.Length; dense++)
        {
            var ticks = LogTicks(low, high, every, LogFactors[dense], unit);
            if (ticks.Count(t => t.Label.Length > 0) >= 2) return (ticks, LogUnit(unit));
        }

        // A range within half a decade may hold none of them: equal steps serve as well there.
        return Linear(minimum, maximum, most, unit);
    }

    private static List<Tick> LogTicks(double low, double high, int every, int[] factors, Unit unit)
    {
        var ticks = new List<Tick>();
        for (var decade = (int)Math.Floor(low); decade <= (int)Math.Ceiling(high); decade++)
        {
            for (var factor = 1; factor < (every == 1 ? 10 : 2); factor++)
            {
                var value = factor * Math.Pow(10, decade);
                var log = Math.Log10(value);
                if (log < low || log > high) continue;
                var label = Array.IndexOf(factors, factor) >= 0 && (factor > 1 || decade % every == 0) ? LogLabel(value, unit) : "";
                if (label.Length > 0 || every == 1) ticks.Add(new(value, label));
            }
        }

        return ticks;
    }

    /// <summary>Ticks of a time axis in seconds.</summary>
    /// <param name="minimum">Lower end in seconds.</param>
    /// <param name="maximum">Upper end in seconds.</param>
    /// <param name="most">At most this many.</param>
    /// <returns>The ticks, and the unit for the axis title.</returns>
    public static (IReadOnlyList<Tick> Ticks, string UnitName) Time(double minimum, double maximum, int most)
    {
        if (maximum - minimum <= 300 || maximum > 1e9) return Linear(minimum, maximum, most, Unit.Seconds);
        var step = Array.Find(TimeSteps, s => (maximum - minimum) / s <= most);
        if (step == 0) step = Step((maximum - minimum) / 86400, most) * 86400;
        var (unit, name) = step >= 86400 ? (86400.0, "days") : step >= 3600 ? (3600.0, "h") : (60.0, "min");
        return ([.. Multiples(minimum, maximum, step).Select(v => new Tick(v, SiFormat.Fixed(v / unit, 2)))], name);
    }

    /// <summary>The smallest of 1, 2, 5 times a power of ten that cuts the range into at most the given number of steps.</summary>
    public static double Step(double range, int most)
    {
        var raw = range / Math.Max(most, 1);
        if (!(raw > 0) || double.IsInfinity(raw)) return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        foreach (var factor in (ReadOnlySpan<double>)[1, 2, 5])
        {
            if (factor * power >= raw * (1 - 1e-9)) return factor * power;
        }

        return 10 * power;
    }

    private static IEnumerable<double> Multiples(double minimum, double maximum, double step)
    {
        var slack = step * 1e-6;
        var first = Math.Ceiling((minimum - slack) / step);
        for (var i = 0; i < 200 && (first + i) * step <= maximum + slack; i++) yield return (first + i) * step;
    }

    private static string LogLabel(double value, Unit unit) =>
        LogUnit(unit).Length == 0 && unit.Symbol.Length > 0 ? SiFormat.Value(value, unit) : SiFormat.Value(value, unit with { Symbol = "" });

    // "s", "B" and "%" stand at every tick; "FLOP/s" only in the title.
    private static string LogUnit(Unit unit) => unit.Symbol.Length <= 2 ? "" : unit.Symbol;
}
