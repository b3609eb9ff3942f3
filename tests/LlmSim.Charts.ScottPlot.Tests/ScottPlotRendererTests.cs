using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.ScottPlot;

namespace LlmSim.Charts.ScottPlot.Tests;

/// <summary>What the renderer asks of ScottPlot, written down by the stub.</summary>
public sealed class ScottPlotRendererTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-scottplot-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string[] Draw(Chart chart, bool svg = false)
    {
        var renderer = new ScottPlotRenderer(svg);
        var path = Path.Combine(_folder, "chart" + renderer.Extension);
        renderer.Save(chart, path);
        return File.ReadAllLines(path);
    }

    private static Chart Chart(params Mark[] marks) => new()
    {
        Title = "TTFT over load",
        Panels = [new Panel { X = new Axis { Quantity = "Rate", Unit = Unit.RequestsPerSecond }, Y = new Axis { Quantity = "TTFT", Unit = Unit.Seconds, Scale = AxisScale.Log }, Marks = marks }],
    };

    [Fact]
    public void Lines_are_scatters_with_titles_units_and_a_legend() =>
        Assert.Equal(
            ["title TTFT over load", "x Rate (requests/s)", "y log10 of TTFT (s)", "scatter 1 2 | -1 2", "legend UpperLeft", "text p99", "png 1200x800"],
            Draw(Chart(new LineMark { Name = "p99", X = [1, 2, 3, 4], Y = [0.1, 100, double.NaN, -1] })));

    [Fact]
    public void Layers_are_drawn_as_sums_and_SVG_is_written_when_asked()
    {
        var lines = Draw(Chart(new StackMark { X = [1, 2], Layers = [new("weights", ChartColour.Blue, [10, 10]), new("KV", ChartColour.Orange, [90, 990])] }), svg: true);
        Assert.Contains("scatter 1 2 | 1 1", lines);
        Assert.Contains("scatter 1 2 | 2 3", lines);
        Assert.Equal("svg 1200x800", lines[^1]);
    }

    [Fact]
    public void Every_panel_is_a_file()
    {
        var chart = Chart(new LineMark { Name = "a", X = [1], Y = [1] });
        Draw(chart with { Panels = [chart.Panels[0], chart.Panels[0] with { Title = "second" }] });
        Assert.Contains("title TTFT over load · second", File.ReadAllLines(Path.Combine(_folder, "chart-2.png")));
    }

    [Fact]
    public void What_it_cannot_draw_is_refused_by_name() =>
        Assert.Contains("HeatMark", Assert.Throws<NotSupportedException>(() => Draw(Chart(new HeatMark { Quantity = "q", Values = [[1]] }))).Message, StringComparison.Ordinal);
}
