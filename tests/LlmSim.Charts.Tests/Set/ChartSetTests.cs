using FsCheck;
using FsCheck.Fluent;
using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;

namespace LlmSim.Charts.Tests.Set;

/// <summary>Every chart of the set over random names and values, also none and hostile ones, stays legible and has its data as CSV.</summary>
public class ChartSetTests
{
    private static readonly ChartHead Head = new("", "Llama-2-7B · A100 80GB SXM · vllm-v1 · azure-conversation", "ideal roofline · seed 1 · 0.1.0");

    private static readonly Gen<double> Number = Gen.Frequency(
        (10, Gen.Choose(1, 100_000).Select(i => i / 1000.0)), (1, Gen.Elements(0.0, -1.0, double.NaN, double.PositiveInfinity, 1e300, 1e-300)));

    private static readonly Gen<ChartBound> Bound = Gen.Elements(Enum.GetValues<ChartBound>());

    private static void Check<T>(Gen<T> item, int most, Func<IReadOnlyList<T>, Chart> build) =>
        Prop.ForAll(Arb.From(from n in Gen.Choose(0, most) from items in item.ArrayOf(n) select items), items =>
        {
            var chart = build(items);
            DrawnTexts.AssertLegible(chart);
            Assert.StartsWith("panel,series,kind", ChartCsv.Write(chart), StringComparison.Ordinal);
            Assert.NotEqual("", chart.Title);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    [Fact]
    public void Operators_are_legible() => Check(
        from name in RandomCharts.Name from s in Number from c in Number from m in Number from b in Bound select new OperatorBar(name, s, c, m, b), 30, o => OperatorsChart.Build(Head, o));

    [Fact]
    public void Rooflines_are_legible() => Check(
        from name in RandomCharts.Name from x in Number from y in Number from s in Number from b in Bound select new RooflineOperator(name, x, y * 1e10, s, b), 30,
        o => RooflineChart.Build(Head, [.. o.Take(4).Select(r => new Roof(r.Name, r.FlopsPerSecond, r.Name, r.FlopsPerByte * 1e9))], o));

    [Fact]
    public void Memory_by_composition_is_legible() => Check(
        from name in RandomCharts.Name from a in Number from b in Number from c in Number select new MemoryBar(name, [new("weights", a * 1e9), new("KV cache", b * 1e9), new(name, c * 1e8)]), 12,
        b => MemoryCompositionChart.Build(Head, "Batch", b, 24e9));

    [Fact]
    public void Memory_over_time_is_legible() => Check(
        from name in RandomCharts.Name
        from n in Gen.Choose(0, 200)
        from a in Number.ArrayOf(n)
        from b in Number.ArrayOf(n)
        select new MemoryTrack(name, [.. Enumerable.Range(0, n).Select(i => i * 0.1)], [new("weights", a), new(name, b)], n % 2 == 0 ? 80 : null), 3, t => MemoryOverTimeChart.Build(Head, t));

    [Fact]
    public void Throughput_latency_curves_are_legible() => Check(
        from name in RandomCharts.Name
        from n in Gen.Choose(0, 12)
        from r in Number.ArrayOf(n)
        from l in Number.ArrayOf(n)
        from knee in Number
        select new LoadCurve(name, [.. r.Order().Zip(l, (x, y) => new LoadPoint(x, x * 200, y, y * 2, y * 4, y > 50, y * 3, y * 5))], knee), 7,
        c => ThroughputLatencyChart.Build(Head, "TTFT", c, 1));

    [Fact]
    public void Cdfs_are_legible() => Check(
        from name in RandomCharts.Name from n in Gen.Choose(0, 300) from s in Number.ArrayOf(n) select new LatencySample(name, s), 6,
        s => LatencyCdfChart.Build(Head, [new("TTFT", s, 1), new("TPOT", s), new("E2E", s, 20)]));

    [Fact]
    public void Goodput_is_legible() => Check(
        from name in RandomCharts.Name from n in Gen.Choose(0, 12) from r in Number.ArrayOf(n) from s in Gen.Choose(0, 100).Select(i => i / 100.0).ArrayOf(n) select new GoodputCurve(name, [.. r.Order()], s), 8,
        c => GoodputChart.Build(Head, c));

    [Fact]
    public void Pareto_fronts_are_legible() => Check(
        from name in RandomCharts.Name from x in Number from y in Number select new ParetoPoint(name, x, y), 60, p => ParetoChart.Build(Head, p));

    [Fact]
    public void Quantities_over_time_are_legible() => Check(
        from name in RandomCharts.Name
        from n in Gen.Choose(0, 300)
        from v in Number.ArrayOf(n)
        from more in RandomCharts.Name
        from lines in Gen.Choose(1, 3)
        let at = (double[])[.. Enumerable.Range(0, n).Select(i => i * 2.5)]
        select new TimeTrack(name, Unit.Requests, [.. Enumerable.Range(0, lines).Select(i => new TimeLine(more + i, at, [.. v.Select(y => y / (i + 1))]))], n), 6,
        t => OverTimeChart.Build(Head, t, [1, 2, 300]));

    [Fact]
    public void Step_times_are_legible() => Check(
        from batch in Gen.Choose(1, 256) from context in Gen.Elements(512.0, 2048, 8192) from s in Number from b in Bound select new StepTimePoint(batch, context, s, b), 40,
        p => p.Count % 2 == 0 ? StepTimeChart.Build(Head, p) : StepTimeChart.BuildHeatMap(Head, p));

    [Fact]
    public void Gantt_charts_are_legible() => Check(
        from lane in RandomCharts.Name from name in RandomCharts.Name from start in Number from length in Number select new GanttSpan(lane, name, name, start, start + length), 60,
        s => GanttChart.Build(Head, ["GPU", "copy"], s, [new("HBM", [0, 1, 2], [new("weights", [1e9, 2e9, 1e9])], 4e9)]));

    [Fact]
    public void Predicted_against_measured_is_legible() => Check(
        from name in RandomCharts.Name from c in Gen.Choose(0, 4) from a in Number from b in Number select new PredictionPoint($"class {c}", name, a, b), 60,
        p => PredictedMeasuredChart.Build(Head, p, "Time", Unit.Seconds));

    [Fact]
    public void Heat_maps_are_legible() => Check(
        from name in RandomCharts.Name from v in Number select (name, v), 40, c => HeatMapChart.Build(Head, "x", [.. c.Take(7).Select(i => i.name)], "y", [.. c.Take(5).Select(i => i.name)], "TTFT", Unit.Seconds, (r, k) => c[(r * 7 + k) % c.Count].v));

    [Fact]
    public void Grouped_bars_are_legible() => Check(
        from name in RandomCharts.Name from v in Number.ArrayOf(5) select new BarGroup(name, v), 6,
        g => GroupedBarsChart.Build(Head, "model", ["OPT-6.7B", "OPT-30B", "OPT-175B", "x", "y"], new Axis { Quantity = "Throughput", Unit = Unit.TokensPerSecond, Scale = AxisScale.Auto }, g));

    [Fact]
    public void Scatters_are_legible() => Check(
        from name in RandomCharts.Name from n in Gen.Elements(0, 1, 50, 3000) from x in Number.ArrayOf(n) from y in Number.ArrayOf(n) select new ScatterGroup(name, x, y), 4,
        g => ScatterChart.Build(Head, new Axis { Quantity = "Batch" }, new Axis { Quantity = "Step time", Unit = Unit.Seconds, Scale = AxisScale.Auto }, g, [new("SLO", 0.1)]));

    [Fact]
    public void Curves_are_legible() => Check(
        from name in RandomCharts.Name from n in Gen.Choose(0, 60) from y in Number.ArrayOf(n) select new Curve(name, [.. Enumerable.Range(1, n).Select(i => (double)i)], y, y, [.. y.Select(v => v * 2)]), 8,
        c => CurveChart.Build(Head, new Axis { Quantity = "Batch", Scale = AxisScale.Auto }, new Axis { Quantity = "Time", Unit = Unit.Seconds, Scale = AxisScale.Auto }, c, [new("limit", 5)]));
}
