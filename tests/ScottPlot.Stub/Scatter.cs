namespace ScottPlot.Plottables;

public sealed class Scatter
{
    public string LegendText { get; set; } = "";
}
