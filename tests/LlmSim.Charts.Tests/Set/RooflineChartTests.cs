using LlmSim.Charts.Marks;
using LlmSim.Charts.Set;
using LlmSim.Charts.Svg;

namespace LlmSim.Charts.Tests.Set;

public class RooflineChartTests
{
    private static readonly Roof A100 = new("fp16", 312e12, "HBM", 2.039e12);

    private static RooflineOperator Dot(string name, double intensity, double performance, double share) =>
        new(name, intensity, performance, share, intensity < A100.Ridge ? ChartBound.Memory : ChartBound.Compute);

    private static readonly RooflineOperator[] Decode =
    [
        Dot("q_proj", 1, 1.5e12, 0.10), Dot("k_proj", 1.001, 1.501e12, 0.12), Dot("gate", 1.1, 1.9e12, 0.3), Dot("attention", 0.9, 0.9e12, 0.2),
        Dot("norm", 0.5, 0.1e12, 0.02), Dot("silu", 0.3, 0.2e12, 0.01), Dot("lm_head", 400, 250e12, 0.25),
    ];

    [Fact]
    public void The_ridge_is_peak_over_bandwidth() => Assert.Equal(153.02, A100.Ridge, 2);

    [Fact]
    public void It_is_legible() => DrawnTexts.AssertLegible(RooflineChart.Build(new(), [A100, new("int8", 624e12, "HBM", 2.039e12), new("fp16", 312e12, "PCIe", 32e9)], Decode, "silu"));

    [Fact]
    public void Near_equal_dots_are_one_and_their_shares_add_up()
    {
        var points = RooflineChart.Build(new(), [A100], Decode).Panels[0].Marks.OfType<PointsMark>().Where(m => m.Name != "ridge point").SelectMany(m => m.Points).ToList();
        Assert.Equal(6, points.Count);
        var merged = Assert.Single(points, p => p.Name.StartsWith("k_proj", StringComparison.Ordinal));
        Assert.Equal("k_proj + 1 alike", merged.Name);
        Assert.Equal("k_proj + 1 alike 22 %", merged.Label);
        Assert.Equal(0.22 / 0.3, merged.Share, 6);
    }

    [Fact]
    public void The_five_largest_are_labelled()
    {
        var points = RooflineChart.Build(new(), [A100], Decode).Panels[0].Marks.OfType<PointsMark>().SelectMany(m => m.Points);
        Assert.Equal(["attention", "gate", "k_proj + 1 alike", "lm_head", "norm"], points.Where(p => p.Label.Length > 0 && !p.Label.StartsWith("ridge", StringComparison.Ordinal)).Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_title_is_the_finding()
    {
        Assert.Equal("Memory bandwidth limits 75 % of the time", RooflineChart.Build(new(), [A100], Decode).Title);
        Assert.Equal("Arithmetic limits 100 % of the time", RooflineChart.Build(new(), [A100], [Dot("a", 500, 1e14, 0.4)]).Title);
        Assert.Equal("my own", RooflineChart.Build(new("my own"), [A100], Decode).Title);
    }

    [Fact]
    public void No_dot_lies_outside_the_axes_and_roofs_meet_at_the_ridge()
    {
        var panel = RooflineChart.Build(new(), [A100], Decode).Panels[0];
        foreach (var point in panel.Marks.OfType<PointsMark>().SelectMany(m => m.Points))
        {
            Assert.InRange(point.X, panel.X.Minimum!.Value, panel.X.Maximum!.Value);
            Assert.InRange(point.Y, panel.Y.Minimum!.Value, panel.Y.Maximum!.Value);
        }

        var roofs = panel.Marks.OfType<LineMark>().ToList();
        Assert.Equal(A100.Ridge, roofs[0].X[1], 6);
        Assert.Equal(roofs[1].Y[0], roofs[0].Y[1], 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Operators_and_roofs_without_a_place_are_left_out(double bad)
    {
        DrawnTexts.AssertLegible(RooflineChart.Build(new(), [new("x", bad, "y", bad)], [Dot("a", bad, bad, bad), Dot("b", 1, bad, 0.5)]));
        DrawnTexts.AssertLegible(RooflineChart.Build(new(), [], []));
    }

    [Fact]
    public void Operators_are_sorted_and_the_tail_is_one_bar()
    {
        OperatorBar[] operators = [.. Enumerable.Range(1, 40).Select(i => new OperatorBar($"op {i}", i, i * 0.5, i * 0.9, ChartBound.Memory))];
        var chart = OperatorsChart.Build(new(), operators, most: 10);
        var bars = chart.Panels[0].Marks.OfType<BarsMark>().Single().Bars.Where(b => b.Label.Length > 0).ToList();
        Assert.Equal(10, bars.Count);
        Assert.Equal("op 40", bars[0].Name);
        Assert.Equal("31 others", bars[^1].Name);
        Assert.Equal(1, bars.Sum(b => b.To), 9);
        Assert.Equal("op 40 takes 4.9 % of 820 s", chart.Title);
        DrawnTexts.AssertLegible(chart);
        DrawnTexts.AssertLegible(OperatorsChart.Build(new(), []));
    }

    [Fact]
    public void Dots_take_area_by_their_share_of_time()
    {
        var svg = new SvgRenderer().Render(RooflineChart.Build(new(), [A100], [Dot("big", 1, 1e12, 0.8), Dot("small", 10, 5e12, 0.2)])).Svg;
        var radii = System.Text.RegularExpressions.Regex.Matches(svg, "<circle [^>]* r=\"([0-9.]+)\"").Select(m => double.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Order().ToList();
        Assert.Equal(4, Math.Pow(radii[^1] / radii[^2], 2), 1);
    }
}
