using System.Globalization;
using System.Text;
using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;

namespace LlmSim.Charts;

/// <summary>The data of a chart as CSV: <c>panel,series,kind,label,x,y,y2</c> with a row per value, unrounded, in base units.</summary>
public static class ChartCsv
{
    /// <summary>All values of a chart, also those that its axes cannot show.</summary>
    /// <param name="chart">The chart.</param>
    public static string Write(Chart chart)
    {
        var csv = new StringBuilder("panel,series,kind,label,x,y,y2\n");
        for (var p = 0; p < chart.Panels.Count; p++)
        {
            var panel = chart.Panels[p];
            var name = panel.Title.Length > 0 ? panel.Title : panel.Y.Quantity.Length > 0 ? panel.Y.Quantity : (p + 1).ToString(CultureInfo.InvariantCulture);
            foreach (var mark in panel.Marks)
            {
                foreach (var (series, kind, label, x, y, y2) in Rows(panel, mark))
                    csv.Append(Cell(name)).Append(',').Append(Cell(series)).Append(',').Append(kind).Append(',').Append(Cell(label)).Append(',')
                        .Append(x).Append(',').Append(y).Append(',').Append(y2).Append('\n');
            }
        }

        return csv.ToString();
    }

    private static IEnumerable<(string Series, string Kind, string Label, string X, string Y, string Y2)> Rows(Panel panel, Mark mark)
    {
        switch (mark)
        {
            case LineMark line:
                for (var i = 0; i < Math.Min(line.X.Count, line.Y.Count); i++) yield return (line.Name.Length > 0 ? line.Name : line.Label ?? "", "line", "", At(panel.X, line.X[i]), N(line.Y[i]), "");
                break;
            case PointsMark points:
                foreach (var q in points.Points) yield return (points.Name, "point", q.Name.Length > 0 ? q.Name : q.Label, At(panel.X, q.X), At(panel.Y, q.Y), double.IsNaN(q.Share) ? "" : N(q.Share));
                break;
            case BarsMark bars:
                var categories = panel.Y.Scale == AxisScale.Category ? panel.Y : panel.X;
                foreach (var bar in bars.Bars) yield return (bar.Name.Length > 0 ? bar.Name : bars.Name, "bar", bar.Label, At(categories, bar.Place), N(bar.From), N(bar.To));
                break;
            case StackMark stack:
                foreach (var layer in stack.Layers)
                {
                    for (var i = 0; i < Math.Min(stack.X.Count, layer.Values.Count); i++) yield return (layer.Name, "area", "", At(panel.X, stack.X[i]), N(layer.Values[i]), "");
                }

                break;
            case BandMark band:
                for (var i = 0; i < Math.Min(band.X.Count, Math.Min(band.Low.Count, band.High.Count)); i++) yield return (band.Name, "band", "", At(panel.X, band.X[i]), N(band.Low[i]), N(band.High[i]));
                break;
            case HeatMark heat:
                for (var r = 0; r < heat.Values.Count; r++)
                {
                    for (var c = 0; c < heat.Values[r].Count; c++) yield return (heat.Quantity, "cell", Name(panel.Y, r), At(panel.X, c), N(heat.Values[r][c]), "");
                }

                break;
            case SpansMark spans:
                foreach (var span in spans.Spans) yield return (Name(panel.Y, span.Lane), "span", span.Name, N(span.Start), N(span.End), "");
                break;
            case ReferenceMark reference:
                yield return (reference.Name, reference.Vertical ? "upright" : "level", "", reference.Vertical ? N(reference.At) : "", reference.Vertical ? "" : N(reference.At), "");
                break;
            case RegionMark region:
                yield return (region.Name, "region", "", $"{Open(region.FromX)}..{Open(region.ToX)}", Open(region.FromY), Open(region.ToY));
                break;
            case TicksMark ticks:
                foreach (var x in ticks.X) yield return (ticks.Name, "tick", "", N(x), "", "");
                break;
        }
    }

    private static string At(Axis axis, double value) => axis.Scale == AxisScale.Category ? Cell(Name(axis, value)) : N(value);

    private static string Name(Axis axis, double value)
    {
        var i = (int)Math.Round(value);
        return i >= 0 && i < axis.Categories.Count ? axis.Categories[i] : N(value);
    }

    private static string Open(double? value) => value is { } v ? N(v) : "";

    private static string N(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    // A spreadsheet runs what begins with = + - @; a name from a model file must not.
    private static string Cell(string text)
    {
        text = Texts.Clean(text);
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"") >= 0 ? "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : text;
    }
}
