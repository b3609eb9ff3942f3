using LlmSim.Charts.Marks;
using Plot = global::ScottPlot.Plot;

namespace LlmSim.Charts.ScottPlot;

/// <summary>
/// Draws charts with ScottPlot 5, as PNG or SVG. A chart with several panels becomes several files, the second named
/// <c>name-2.png</c>. Log axes show the logarithm of their values and say so. Heat maps and Gantt lanes are left to the built-in
/// renderer.
/// </summary>
/// <param name="svg">Writes SVG instead of PNG.</param>
public sealed class ScottPlotRenderer(bool svg = false) : IChartRenderer
{
    /// <inheritdoc/>
    public string Extension => svg ? ".svg" : ".png";

    /// <inheritdoc/>
    public bool Draws(Chart chart) => !chart.Panels.SelectMany(p => p.Marks).Any(m => m is HeatMark or SpansMark);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The chart has marks that this renderer does not draw.</exception>
    public void Save(Chart chart, string path)
    {
        if (chart.Panels.SelectMany(p => p.Marks).FirstOrDefault(m => m is HeatMark or SpansMark) is { } mark)
            throw new NotSupportedException($"ScottPlot renderer: {mark.GetType().Name} is drawn by the built-in SVG renderer only");
        for (var i = 0; i < chart.Panels.Count; i++)
        {
            var plot = Draw(chart, chart.Panels[i]);
            var file = i == 0 ? path : Path.Combine(Path.GetDirectoryName(path) ?? "", $"{Path.GetFileNameWithoutExtension(path)}-{i + 1}{Path.GetExtension(path)}");
            if (svg) plot.SaveSvg(file, chart.Width, chart.Height);
            else plot.SavePng(file, chart.Width, chart.Height);
        }
    }

    private static Plot Draw(Chart chart, Panel panel)
    {
        var plot = new Plot();
        plot.Title(panel.Title.Length > 0 ? $"{chart.Title} · {panel.Title}" : chart.Title);
        var (logX, logY) = (IsLog(panel, x: true), IsLog(panel, x: false));
        plot.XLabel(Label(panel.X, logX));
        plot.YLabel(Label(panel.Y, logY));
        var named = 0;
        foreach (var mark in panel.Marks)
        {
            foreach (var (name, xs, ys) in Series(mark, panel))
            {
                // ScottPlot has no place for values that are not numbers, nor for logarithms of what is not positive.
                var kept = Enumerable.Range(0, Math.Min(xs.Count, ys.Count)).Where(i => Fits(xs[i], logX) && Fits(ys[i], logY)).ToList();
                if (kept.Count == 0) continue;
                var scatter = plot.Add.Scatter([.. kept.Select(i => On(xs[i], logX))], [.. kept.Select(i => On(ys[i], logY))]);
                scatter.LegendText = name;
                if (name.Length > 0) named++;
            }
        }

        if (named > 0) plot.ShowLegend(global::ScottPlot.Alignment.UpperLeft);
        return plot;
    }

    private static IEnumerable<(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)> Series(Mark mark, Panel panel)
    {
        switch (mark)
        {
            case LineMark line: yield return (line.Name, line.X, line.Y); break;
            case PointsMark points: yield return (points.Name, [.. points.Points.Select(p => p.X)], [.. points.Points.Select(p => p.Y)]); break;
            case BandMark band:
                yield return (band.Name, band.X, band.Low);
                yield return ("", band.X, band.High);
                break;
            case StackMark stack:
                var sums = new double[stack.X.Count];
                foreach (var layer in stack.Layers)
                {
                    for (var i = 0; i < Math.Min(sums.Length, layer.Values.Count); i++) sums[i] += layer.Values[i];
                    yield return (layer.Name, stack.X, [.. sums]);
                }

                break;
            case BarsMark bars:
                var places = bars.Bars.Select(b => b.Place).ToList();
                var ends = bars.Bars.Select(b => b.To).ToList();
                yield return panel.Y.Scale == AxisScale.Category ? (bars.Name, ends, places) : (bars.Name, places, ends);
                break;
            case ReferenceMark reference:
                var range = panel.Marks.OfType<LineMark>().SelectMany(l => reference.Vertical ? l.Y : l.X).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
                double[] across = [range.Min(), range.Max()];
                double[] at = [reference.At, reference.At];
                yield return reference.Vertical ? (reference.Name, at, across) : (reference.Name, across, at);
                break;
        }
    }

    private static bool IsLog(Panel panel, bool x)
    {
        var axis = x ? panel.X : panel.Y;
        if (axis.Scale != AxisScale.Auto) return axis.Scale == AxisScale.Log;
        var values = panel.Marks.OfType<LineMark>().SelectMany(l => x ? l.X : l.Y).Where(double.IsFinite).ToList();
        return values.Count > 1 && values.Min() > 0 && values.Max() / values.Min() > 100;
    }

    private static bool Fits(double value, bool log) => double.IsFinite(value) && (!log || value > 0);

    private static double On(double value, bool log) => log ? Math.Log10(value) : value;

    private static string Label(Axis axis, bool log)
    {
        var text = axis.Unit.Symbol.Length > 0 ? $"{axis.Quantity} ({axis.Unit.Symbol})" : axis.Quantity;
        return log ? "log10 of " + text : text;
    }
}
