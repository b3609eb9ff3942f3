using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Svg;

/// <summary>An axis whose scale and ends are settled.</summary>
internal sealed record ResolvedAxis(Axis Axis, AxisScale Scale, double Minimum, double Maximum)
{
    /// <summary>Larger or smaller values are no measurements; arithmetic on them overflows.</summary>
    private const double Largest = 1e100;

    public bool IsLog => Scale == AxisScale.Log;

    /// <summary>Whether a value can be drawn on it.</summary>
    public bool Accepts(double value) => IsLog ? value is >= 1 / Largest and <= Largest : Math.Abs(value) <= Largest;

    /// <summary>Whether a value lies between its ends.</summary>
    public bool Shows(double value) => Accepts(value) && value >= Minimum && value <= Maximum;

    public string Format(double value)
    {
        if (Scale != AxisScale.Category) return SiFormat.Value(value, Axis.Unit);
        var index = (int)Math.Round(value);
        return index >= 0 && index < Axis.Categories.Count ? Layout.Texts.Fit(Layout.Texts.Clean(Axis.Categories[index]), 14, 400) : "";
    }

    /// <summary>Settles an axis from the marks of all panels that share it.</summary>
    public static ResolvedAxis From(Axis axis, IReadOnlyList<Mark> marks, bool isX)
    {
        if (axis.Scale == AxisScale.Category) return new(axis, AxisScale.Category, -0.5, Math.Max(1, axis.Categories.Count) - 0.5);
        var values = marks.SelectMany(m => Extents.Of(m, isX)).Where(v => Math.Abs(v) <= Largest).ToList();
        var scale = axis.Scale;
        if (scale == AxisScale.Auto)
            scale = values.Count > 1 && values.Min() > 0 && values.Max() / values.Min() > 100 ? AxisScale.Log : AxisScale.Linear;
        if (scale == AxisScale.Log) values.RemoveAll(v => v < 1 / Largest);
        var (low, high) = values.Count == 0 ? (double.NaN, double.NaN) : (values.Min(), values.Max());
        // Points alone get room to the sides; lines and areas fill their axis.
        var pads = !isX || marks.Any(m => m is PointsMark) && !marks.Any(m => m is LineMark or StackMark or SpansMark);
        (low, high) = scale == AxisScale.Log ? Log(low, high, pads) : Linear(axis, low, high, isX, pads);
        var minimum = Given(axis.Minimum, scale) ?? low;
        var maximum = Given(axis.Maximum, scale) ?? high;
        if (!(maximum > minimum)) // ends that contradict the data or each other
            (minimum, maximum) = axis.Minimum is not null && maximum <= minimum && Given(axis.Minimum, scale) is { } m ? Above(m, scale) : (low, high);
        return new(axis, scale, minimum, maximum);
    }

    private static double? Given(double? end, AxisScale scale) =>
        end is { } value && Math.Abs(value) <= Largest && (scale != AxisScale.Log || value >= 1 / Largest) ? value : null;

    private static (double, double) Above(double minimum, AxisScale scale) =>
        scale == AxisScale.Log ? (minimum, minimum * 10) : (minimum, minimum + Math.Max(1, Math.Abs(minimum)));

    private static (double, double) Log(double low, double high, bool pads)
    {
        if (double.IsNaN(low)) return (1, 10);
        if (high / low < 1.0001) return (low / 3, high * 3);
        var pad = pads ? Math.Pow(high / low, 0.05) : 1;
        return (low / pad, high * pad);
    }

    private static (double, double) Linear(Axis axis, double low, double high, bool isX, bool pads)
    {
        if (double.IsNaN(low)) return (0, 1);
        // What begins just after zero begins at zero: the first event of a run.
        if (low > 0 && (axis.FromZero || low < 0.03 * high)) low = 0;
        if (axis.FromZero && high < 0) high = 0;
        if (high - low <= Math.Max(Math.Abs(high), Math.Abs(low)) * 1e-12)
        {
            var half = high == 0 ? 0.5 : Math.Abs(high) * 0.1;
            return (low - half, high + half);
        }

        var pad = !pads ? 0 : (high - low) * (isX ? 0.03 : 0.07);
        return (axis.FromZero && low == 0 ? 0 : low - pad, axis.FromZero && high == 0 ? 0 : high + pad);
    }
}
