using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Comparisons;

/// <summary>The figures of a measured run, of which only its requests are known.</summary>
internal static class MeasuredSummary
{
    /// <summary>What the requests tell.</summary>
    public static Summary Of(RequestRow[] rows) => SummaryBuilder.Build(rows, new RunFacts
    {
        Totals = [new ReplicaTotals()],
        Gaps = new TokenGaps(),
        SimulatedNanoseconds = rows.Length == 0 ? 0 : rows.Max(r => r.FinishNanoseconds),
        WarmUp = 0,
        OpenLoop = true,
        Devices = 1,
        TimeModel = new TimeModelFigures("measured", "a measurement"),
    });
}
