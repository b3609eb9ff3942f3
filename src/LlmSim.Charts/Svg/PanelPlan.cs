using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Svg;

/// <summary>Room around a plot, in pixels.</summary>
internal readonly record struct Margins(double Left, double Top, double Right, double Bottom);

/// <summary>A panel with its axes settled and the room that its texts need measured.</summary>
internal sealed class PanelPlan
{
    public required Panel Panel { get; init; }

    public required ResolvedAxis X { get; init; }

    public required ResolvedAxis Y { get; init; }

    public required bool LabelsX { get; init; }

    public required bool LabelsY { get; init; }

    /// <summary>Lines are labelled at their ends, not in a key.</summary>
    public required bool DirectLabels { get; init; }

    public required FontSizes Sizes { get; init; }

    /// <summary>Set by <see cref="Measure"/>, then widened so that panels above and beside each other align.</summary>
    public Margins Margins { get; set; }

    public IReadOnlyList<Tick> YTicks { get; private set; } = [];

    public string YTitle { get; private set; } = "";

    /// <summary>Room for category names left of the plot.</summary>
    public double CategoryWidth { get; private set; }

    public HeatMark? Heat => Panel.Marks.OfType<HeatMark>().FirstOrDefault();

    /// <summary>Measures the margins in a cell of a size.</summary>
    public void Measure(double width, double height)
    {
        var (yTicks, unit) = Y.Scale switch
        {
            AxisScale.Log => Ticks.Log(Y.Minimum, Y.Maximum, Math.Max(2, (int)(height / 55)), Y.Axis.Unit),
            AxisScale.Time => Ticks.Time(Y.Minimum, Y.Maximum, Math.Max(2, (int)(height / 55))),
            AxisScale.Category => ([], ""),
            _ => Ticks.Linear(Y.Minimum, Y.Maximum, Math.Max(2, (int)(height / 75)), Y.Axis.Unit),
        };
        YTicks = yTicks;
        YTitle = WithUnit(Y.Axis.Quantity, unit);
        // The panel's title and that of its y axis stand beside each other in one line above the plot.
        var top = YTitle.Length > 0 && LabelsY || Panel.Title.Length > 0 ? Sizes.Axis * 1.9 : Sizes.Tick;
        double left = 12;
        if (Y.Scale == AxisScale.Category)
        {
            CategoryWidth = Math.Min(width * 0.32, Y.Axis.Categories.Take(500).Select(c => Texts.Width(Texts.Fit(Texts.Clean(c), Sizes.Tick, width), Sizes.Tick)).DefaultIfEmpty(0).Max());
            if (LabelsY) left = CategoryWidth + 14;
        }
        else if (LabelsY)
        {
            left = yTicks.Select(t => Texts.Width(t.Label, Sizes.Tick)).DefaultIfEmpty(0).Max() + 14;
        }

        double bottom = 14;
        if (LabelsX)
        {
            bottom = Sizes.Tick * (WrapsNames(width) ? 2.7 : 1.6);
            if (X.Axis.Quantity.Length > 0) bottom += Sizes.Axis * 1.6;
        }

        double right = 26;
        var ends = EndLabels().Select(l => Texts.Width(Texts.Clean(l), Sizes.Label)).DefaultIfEmpty(0).Max();
        if (ends > 0) right = Math.Max(right, Math.Min(ends, width * 0.36) + 22 + (Panel.Marks.Any(m => m is StackMark or BarsMark) ? Sizes.Label : 0));
        if (Heat is not null) right = 110;
        Margins = new(left, top, right, bottom);
    }

    private bool WrapsNames(double width) =>
        X.Scale == AxisScale.Category && X.Axis.Categories.Take(500).Any(c => Texts.Width(Texts.Clean(c), Sizes.Tick) > width * 0.75 / X.Axis.Categories.Count - 8);

    /// <summary>Title of an axis with its unit in brackets.</summary>
    public static string WithUnit(string quantity, string unit)
    {
        var name = Texts.Clean(quantity);
        return unit.Length == 0 ? name : name.Length == 0 ? unit : $"{name} ({Texts.Clean(unit)})";
    }

    /// <summary>Text at the right end of a line, or empty.</summary>
    public static string LabelOf(LineMark line) => line.Label ?? line.Name;

    /// <summary>Whether a line reaches the right edge, so that its label stands in the margin.</summary>
    public bool EndsAtRight(LineMark line)
    {
        if (!DirectLabels || line.LabelAlong || LabelOf(line).Length == 0) return false;
        for (var i = Math.Min(line.X.Count, line.Y.Count) - 1; i >= 0; i--)
        {
            if (!X.Accepts(line.X[i]) || !Y.Accepts(line.Y[i])) continue;
            return Y.Shows(line.Y[i]) && new AxisMap(X, 0, 1).At(line.X[i]) is > 0.97 and < 1.0001;
        }

        return false;
    }

    private IEnumerable<string> EndLabels()
    {
        foreach (var mark in Panel.Marks)
        {
            if (mark is LineMark line && EndsAtRight(line)) yield return LabelOf(line);
            if (mark is BarsMark { NameSegments: true } bars)
            {
                foreach (var bar in bars.Bars) yield return bar.Name;
            }

            if (mark is StackMark stack && stack.Layers.Count <= FontSizes.MostDirectLabels)
            {
                foreach (var layer in stack.Layers) yield return layer.Name;
            }
        }
    }
}
