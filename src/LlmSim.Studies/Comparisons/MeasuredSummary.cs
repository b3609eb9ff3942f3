using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Comparisons;

/// <summary>The figures of a measured run, of which only its requests are known.</summary>
internal static class MeasuredSummary
{
    /// <summary>What the requests tell.</summary>
    /// <param name="rows">The requests in order of arrival.</param>
    /// <param name="warmUp">Share that statistics leave out.</param>
    /// <param name="slo">What makes a request good; null for the default.</param>
    public static Summary Of(RequestRow[] rows, double warmUp = 0, SloSection? slo = null) => SummaryBuilder.Build(rows, new RunFacts
    {
        Totals = [new ReplicaTotals()],
        Gaps = new TokenGaps(),
        SimulatedNanoseconds = rows.Length == 0 ? 0 : rows.Max(r => r.FinishNanoseconds),
        WarmUp = warmUp,
        Slo = slo,
        OpenLoop = true,
        Devices = 1,
        TimeModel = new TimeModelFigures("measured", "a measurement"),
    });

    /// <summary>The SLO that was judged; null where there was none.</summary>
    public static SloSection? Slo(IReadOnlyList<SloResult> judged)
    {
        if (judged.Count == 0) return null;
        SloResult? Result(string metric) => judged.FirstOrDefault(r => r.Metric == metric);
        BoundSection? Bound(string metric) => Result(metric) is { } r ? new BoundSection { P = r.Percentile, Seconds = r.Bound } : null;
        var slo = new SloSection { Ttft = Bound("ttft"), Tpot = Bound("tpot"), E2e = Bound("e2e") };
        return Result("goodput") is { } good ? slo with { Goodput = good.Bound } : slo;
    }
}
