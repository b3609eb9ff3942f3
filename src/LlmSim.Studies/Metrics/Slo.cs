using LlmSim.Serving.Results;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Metrics;

/// <summary>One bound of the SLO and how it was met.</summary>
/// <param name="Metric">ttft, tpot, itl, e2e or goodput.</param>
/// <param name="Percentile">The percentile it is about, as a share; NaN for goodput.</param>
/// <param name="Bound">What it may be at most, in seconds; for goodput the least share.</param>
/// <param name="Measured">What it was.</param>
/// <param name="Met">Whether it was met.</param>
public sealed record SloResult(string Metric, double Percentile, double Bound, double Measured, bool Met);

/// <summary>Which requests are good.</summary>
/// <param name="TtftSeconds">Bound on TTFT; infinite for none.</param>
/// <param name="TpotSeconds">Bound on TPOT; infinite for none.</param>
/// <param name="E2eSeconds">Bound on E2E; infinite for none.</param>
public readonly record struct GoodRequest(double TtftSeconds, double TpotSeconds, double E2eSeconds)
{
    /// <summary>DistServe's default: TTFT 0.2 s and TPOT 0.1 s.</summary>
    public static GoodRequest Default { get; } = new(0.2, 0.1, double.PositiveInfinity);

    /// <summary>The bounds of an SLO, or the default where there is none.</summary>
    public static GoodRequest Of(SloSection? slo) =>
        slo is null || (slo.Ttft is null && slo.Tpot is null && slo.E2e is null) ? Default
        : new(slo.Ttft?.Seconds ?? double.PositiveInfinity, slo.Tpot?.Seconds ?? double.PositiveInfinity, slo.E2e?.Seconds ?? double.PositiveInfinity);

    /// <summary>Whether a request finished and met every bound; a single output token has no TPOT to miss.</summary>
    public bool Meets(in RequestRow row) =>
        row.Status == RequestStatus.Finished && row.TtftSeconds <= TtftSeconds && row.E2eSeconds <= E2eSeconds && !(row.TpotSeconds > TpotSeconds);
}
