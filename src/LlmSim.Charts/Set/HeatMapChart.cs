using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>A figure over two axes of a study.</summary>
public static class HeatMapChart
{
    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="x">What the columns are.</param>
    /// <param name="columns">Their names from left to right.</param>
    /// <param name="y">What the rows are.</param>
    /// <param name="rows">Their names from top to bottom.</param>
    /// <param name="quantity">What the colour means.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="value">Value of row and column; NaN: none.</param>
    /// <param name="text">Text of a cell; null: its value.</param>
    public static Chart Build(
        ChartHead head, string x, IReadOnlyList<string> columns, string y, IReadOnlyList<string> rows, string quantity, Unit unit, Func<int, int, double> value,
        Func<int, int, string>? text = null)
    {
        double[][] values = [.. Enumerable.Range(0, rows.Count).Select(r => Enumerable.Range(0, columns.Count).Select(c => value(r, c)).ToArray())];
        double[] finite = [.. values.SelectMany(v => v).Where(double.IsFinite)];
        var logarithmic = finite.Length > 0 && finite.Min() > 0 && finite.Max() / finite.Min() > 100;
        return new()
        {
            Title = head.TitleOr($"{quantity} over {x} and {y}"),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"Heat map of {quantity} with {rows.Count} rows ({y}) and {columns.Count} columns ({x}).",
            Panels =
            [
                new Panel
                {
                    X = Axis.OfCategories(x, columns),
                    Y = Axis.OfCategories(y, rows),
                    Marks = [new HeatMark { Name = quantity, Quantity = quantity, Unit = unit, Values = values, Logarithmic = logarithmic, CellText = text }],
                },
            ],
        };
    }
}
