using FsCheck;
using FsCheck.Fluent;
using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;

namespace LlmSim.Charts.Tests.Set;

/// <summary>What the builders compute, against slow and obvious definitions.</summary>
public class ChartSetFiguresTests
{
    [Fact]
    public void The_Pareto_front_is_what_nobody_dominates() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 12).Two().ListOf()), raw =>
        {
            var points = raw.Select((p, i) => new ParetoPoint($"c{i}", p.Item1, p.Item2)).ToList();
            bool Dominated(ParetoPoint p) => points.Any(q =>
                q.TokensPerSecondPerUser >= p.TokensPerSecondPerUser && q.TokensPerSecondPerDevice >= p.TokensPerSecondPerDevice &&
                (q.TokensPerSecondPerUser > p.TokensPerSecondPerUser || q.TokensPerSecondPerDevice > p.TokensPerSecondPerDevice));
            var expected = points.Where(p => !Dominated(p)).Select(p => (p.TokensPerSecondPerUser, p.TokensPerSecondPerDevice)).Distinct().Order().ToList();
            Assert.Equal(expected, ParetoChart.Front(points).Select(p => (p.TokensPerSecondPerUser, p.TokensPerSecondPerDevice)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_saturated_configuration_stands_on_no_front_but_is_shown()
    {
        ParetoPoint[] points = [new("a", 1, 5), new("b", 2, 9, Saturated: true), new("c", 3, 1), new("d", 2, 0.5)];
        Assert.Equal(["a", "c"], ParetoChart.Front(points).Select(p => p.Name));
        var chart = ParetoChart.Build(new(), points);
        Assert.Equal("2 of 4 configurations are on the front", chart.Title);
        var crosses = chart.Panels[0].Marks.OfType<PointsMark>().Single(m => m.Marker == Marker.Cross);
        Assert.Equal((2, 9), (crosses.Points.Single().X, crosses.Points.Single().Y));
        Assert.Equal(["on the front", "dominated", "saturated"], chart.Key.Select(k => k.Text));
    }

    [Fact]
    public void A_CDF_is_the_share_at_or_below() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 500).Select(i => i / 10.0).NonEmptyListOf()), sample =>
        {
            var (xs, ys) = LatencyCdfChart.Cdf([.. sample.Order()]);
            for (var i = 0; i < xs.Count; i++)
            {
                // Where values repeat, the steps climb to the share.
                if (i + 1 < xs.Count && xs[i + 1] == xs[i]) continue;
                Assert.Equal(sample.Count(s => s <= xs[i]) / (double)sample.Count, ys[i], 12);
            }

            Assert.Equal(1, ys[^1]);
            Assert.Equal(sample.Max(), xs[^1]);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_long_sample_is_thinned_and_keeps_its_maximum()
    {
        var (xs, ys) = LatencyCdfChart.Cdf([.. Enumerable.Range(0, 1_000_000).Select(i => (double)i)]);
        Assert.Equal(1000, xs.Count);
        Assert.Equal(999_999, xs[^1]);
        Assert.Equal(0.5, ys[499], 12);
    }

    [Fact]
    public void Marked_percentiles_are_those_of_the_tables_however_few_the_values()
    {
        var chart = LatencyCdfChart.Build(new(), [new LatencyPanel("TTFT", [new LatencySample("requests", [1, 2, 3, 4, 11])])]);
        Assert.Equal(["p50 3 s", "p90 8.2 s", "p99 10.7 s"], chart.Panels[0].Marks.OfType<PointsMark>().Single().Points.Select(p => p.Label));
    }

    [Fact]
    public void Busy_time_counts_overlaps_once() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 40).Two().ListOf()), raw =>
        {
            var spans = raw.Select(p => new GanttSpan("a", "c", "n", Math.Min(p.Item1, p.Item2), Math.Max(p.Item1, p.Item2))).ToList();
            var expected = Enumerable.Range(0, 40).Count(t => spans.Any(s => s.StartSeconds <= t && s.EndSeconds >= t + 1));
            Assert.Equal(expected, GanttChart.Busy(spans), 9);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bars_of_memory_add_up_and_only_what_is_above_the_capacity_is_hatched() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 30).Three()), Arb.From(Gen.Choose(1, 60)), (parts, capacity) =>
        {
            var chart = MemoryCompositionChart.Build(new(), "batch", [new("1", [new("a", parts.Item1), new("b", parts.Item2), new("c", parts.Item3)])], capacity);
            var bars = chart.Panels[0].Marks.OfType<BarsMark>().Single().Bars;
            Assert.Equal(parts.Item1 + parts.Item2 + parts.Item3, bars.Sum(b => b.To - b.From), 9);
            Assert.All(bars, b => Assert.Equal(b.From >= capacity, b.Hatched));
            Assert.Equal(Math.Max(0, parts.Item1 + parts.Item2 + parts.Item3 - capacity), bars.Where(b => b.Hatched).Sum(b => b.To - b.From), 9);
        }).QuickCheckThrowOnFailure();

    private static LoadCurve Curve(string name, double scale) =>
        new(name, [.. Enumerable.Range(1, 8).Select(i => new LoadPoint(i, i * 100, 0.1, 0.2, i * i * scale, i > 7))]);

    [Fact]
    public void The_crossing_of_the_SLO_is_interpolated_and_in_the_title()
    {
        // p99 = 0.04 i²: 0.64 at 4, 1.0 at 5, so the limit 0.8 lies half way between: by as large a factor above the one as below the other.
        Assert.Equal(4.5, ThroughputLatencyChart.Crossing(Curve("a", 0.04), 0.8, 0.99)!.Value, 9);
        Assert.Equal("p99 TTFT leaves the SLO at about 4.5 requests/s", ThroughputLatencyChart.Build(new(), "TTFT", [Curve("a", 0.04)], 0.8).Title);
        Assert.Equal("b keeps p99 TTFT within the SLO longest, to about 6.5 requests/s", ThroughputLatencyChart.Build(new(), "TTFT", [Curve("a", 0.04), Curve("b", 0.02)], 0.84).Title);
        Assert.Equal("p99 TTFT stays within the SLO at every load tried", ThroughputLatencyChart.Build(new(), "TTFT", [Curve("a", 0.04)], 100).Title);
        Assert.Equal("p99 TTFT never meets the SLO", ThroughputLatencyChart.Build(new(), "TTFT", [Curve("a", 0.04)], 0.001).Title);
    }

    [Fact]
    public void Percentiles_are_solid_dashed_and_dotted_in_one_hue()
    {
        var lines = ThroughputLatencyChart.Build(new(), "TTFT", [Curve("a", 0.04)], 1, overThroughput: false).Panels[0].Marks.OfType<LineMark>().ToList();
        Assert.Equal([Dash.Solid, Dash.Dashed, Dash.Dotted], lines.Select(l => l.Dash));
        Assert.Single(lines.Select(l => l.Colour).Distinct());
        Assert.Equal(["p50", "p90", "p99"], lines.Select(l => l.Label));
    }

    [Fact]
    public void The_saturated_part_of_a_single_curve_is_hatched_from_its_first_saturated_run()
    {
        var region = ThroughputLatencyChart.Build(new(), "TTFT", [Curve("a", 0.04)], 1).Panels[0].Marks.OfType<RegionMark>().Single();
        Assert.Equal(8, region.FromX);
    }

    [Fact]
    public void Curves_that_never_leave_the_SLO_are_the_best()
    {
        LoadCurve Flat(string name, params double[] p99) => new(name, [.. p99.Select((v, i) => new LoadPoint(i + 1, 100, v / 4, v / 2, v, false))]);
        string Title(params LoadCurve[] curves) => ThroughputLatencyChart.Build(new(), "TTFT", curves, 1).Title;
        Assert.Equal("b keeps p99 TTFT within the SLO at every load tried", Title(Flat("a", 0.5, 2), Flat("b", 0.5, 0.9)));
        Assert.Equal("2 of 3 keep p99 TTFT within the SLO at every load tried", Title(Flat("a", 0.5, 2), Flat("b", 0.5, 0.9), Flat("c", 0.1, 0.2)));
        Assert.Equal("p99 TTFT stays within the SLO at every load tried", Title(Flat("b", 0.5, 0.9), Flat("c", 0.1, 0.2)));
        Assert.Equal("p99 TTFT never meets the SLO", Title(Flat("a", 3, 4), Flat("b", 2, 3)));
        Assert.Equal("b serves 90 % of requests within the SLO at every load tried", GoodputChart.Build(new(), [new("a", [1, 2], [1, 0.5]), new("b", [1, 2], [1, 0.95])]).Title);
        Assert.Equal("a serves 90 % of requests within the SLO up to about 1.2 requests/s", GoodputChart.Build(new(), [new("a", [1, 2], [1, 0.5]), new("b", [1, 2], [0.8, 0.5])]).Title);
    }

    [Fact]
    public void Goodput_falls_below_nine_in_ten_where_its_line_does() =>
        Assert.Equal(2.5, GoodputChart.Crossing(new("a", [1, 2, 3], [1, 0.95, 0.85]), 0.9)!.Value, 9);

    [Fact]
    public void MAPE_is_relative_to_the_measurement_and_stands_in_the_panel()
    {
        PredictionPoint[] points = [new("GEMM", "a", 1.1, 1), new("GEMM", "b", 0.6, 1), new("GEMM", "nothing", 1, 0)];
        Assert.Equal(0.25, PredictedMeasuredChart.Mape(points), 9);
        Assert.Equal("MAPE 25 %, n = 2", PredictedMeasuredChart.Build(new(), points, "Time", Unit.Seconds).Panels[0].Note);
    }

    [Fact]
    public void The_peak_says_what_was_alive()
    {
        var chart = MemoryOverTimeChart.Build(new(), [new("HBM", [0, 1, 2], [new("weights", [10e9, 10e9, 10e9]), new("KV cache", [0, 5e9, 1e9])], 20e9)]);
        var peak = chart.Panels[0].Marks.OfType<PointsMark>().Single().Points.Single();
        Assert.Equal("peak 15 GB at 1 s: weights 10 GB, KV cache 5 GB", peak.Label);
        Assert.Equal("HBM peaks at 15 GB, 75 % of its capacity", chart.Title);
    }

    [Fact]
    public void The_bound_that_changes_is_in_the_title() =>
        Assert.Equal(
            "Steps turn compute-bound at batch 64 with 512 tokens of context",
            StepTimeChart.Build(new(), [new(1, 512, 1, ChartBound.Memory), new(64, 512, 2, ChartBound.Compute), new(128, 512, 4, ChartBound.Compute)]).Title);
}
