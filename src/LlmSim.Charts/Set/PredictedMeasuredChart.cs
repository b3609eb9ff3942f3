using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One comparison.</summary>
/// <param name="Class">Its panel: "GEMM bf16", "decode attention".</param>
/// <param name="Name">What was measured.</param>
/// <param name="Predicted">The prediction.</param>
/// <param name="Measured">The measurement, in the same unit.</param>
public sealed record PredictionPoint(string Class, string Name, double Predicted, double Measured);

/// <summary>How good are the predictions? Scatter on log axes with ±10 % and ±25 % lines, one panel per class.</summary>
public static class PredictedMeasuredChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="points">All comparisons.</param>
    /// <param name="quantity">What was compared: "Time".</param>
    /// <param name="unit">Its unit.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<PredictionPoint> points, string quantity, Unit unit)
    {
        var classes = points.GroupBy(p => p.Class).ToList();
        var columns = classes.Count <= 1 ? 1 : classes.Count <= 4 ? 2 : 3;
        return new()
        {
            Title = head.TitleOr(!points.Any(Usable) ? "Predicted against measured" : $"Predictions are off by {SiFormat.Value(Mape(points), Unit.Share)} on average over {points.Count(Usable)} measurements"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"Predicted over measured {quantity} for {string.Join(", ", classes.Select(c => c.Key))}; dashed lines at ±10 %, dotted at ±25 %.",
            Columns = columns,
            Height = 800 + Math.Max(0, (classes.Count + columns - 1) / columns - 2) * 300,
            Key = [new("exact", ChartColour.Black, KeyShape.Line), new("±10 %", ChartColour.Grey, KeyShape.Line, Dash.Dashed), new("±25 %", ChartColour.Grey, KeyShape.Line, Dash.Dotted)],
            Panels = [.. classes.Select((c, i) => Panel([.. c], i, quantity, unit, classes.Count > 1 ? c.Key : ""))],
        };
    }

    /// <summary>Mean absolute relative error in units of the measurement.</summary>
    internal static double Mape(IEnumerable<PredictionPoint> points) => points.Where(Usable).Select(Error).DefaultIfEmpty(double.NaN).Average();

    private static bool Usable(PredictionPoint p) => p.Measured > 0 && double.IsFinite(p.Measured) && p.Predicted > 0 && double.IsFinite(p.Predicted);

    private static double Error(PredictionPoint p) => Math.Abs(p.Predicted - p.Measured) / p.Measured;

    private static Panel Panel(List<PredictionPoint> points, int index, string quantity, Unit unit, string title)
    {
        var usable = points.Where(Usable).ToList();
        var (low, high) = usable.Count == 0 ? (1.0, 10.0) : (usable.Min(p => Math.Min(p.Measured, p.Predicted)) / 1.4, usable.Max(p => Math.Max(p.Measured, p.Predicted)) * 1.4);
        var marks = new List<Mark>();
        foreach (var (factor, dash, name) in (ReadOnlySpan<(double, Dash, string)>)[(1, Dash.Solid, "exact"), (1.1, Dash.Dashed, "+10 %"), (0.9, Dash.Dashed, "−10 %"), (1.25, Dash.Dotted, "+25 %"), (0.75, Dash.Dotted, "−25 %")])
            marks.Add(new LineMark { Name = name, Label = "", Colour = factor == 1 ? ChartColour.Black : ChartColour.Grey, Dash = dash, Width = 1.5, X = [low, high], Y = [low * factor, high * factor] });
        var worst = usable.Where(p => Error(p) > 0.1).OrderByDescending(Error).Take(3).ToHashSet();
        marks.Add(new PointsMark
        {
            Name = title.Length > 0 ? title : quantity,
            Colour = ChartColours.Line(index),
            Size = 8,
            Points = [.. points.Select(p => new ChartPoint(p.Measured, p.Predicted, worst.Contains(p) ? $"{p.Name} {(p.Predicted > p.Measured ? "+" : "−")}{SiFormat.Value(Error(p), Unit.Share)}" : "", double.NaN, Usable(p) ? Error(p) : 0, p.Name))],
        });
        Axis Of(string what) => new() { Quantity = what, Unit = unit, Scale = AxisScale.Log, Minimum = low, Maximum = high };
        return new()
        {
            Title = title,
            X = Of($"Measured {Lower(quantity)}"),
            Y = Of($"Predicted {Lower(quantity)}"),
            Marks = marks,
            Note = usable.Count == 0 ? "" : $"MAPE {SiFormat.Value(Mape(points), Unit.Share)}, n = {usable.Count}",
        };
    }

    // "Time" → "time", but "TTFT" stays.
    private static string Lower(string text) => text.Length > 1 && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
