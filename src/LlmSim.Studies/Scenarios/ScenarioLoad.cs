using LlmSim.Workloads.Requests;
using LlmSim.Workloads.Sources;
using LlmSim.Workloads.Traces;

namespace LlmSim.Studies.Scenarios;

/// <summary>The load of one run.</summary>
/// <param name="Source">Where the simulation takes its requests.</param>
/// <param name="Stream">What numbers them, and owns the files behind them.</param>
/// <param name="Trace">The trace being read; null for a synthetic load.</param>
/// <param name="IsRecorded">Whether the times are those of a recorded trace.</param>
public sealed record ScenarioLoad(IRequestSource Source, RequestStream Stream, TraceReader? Trace, bool IsRecorded) : IDisposable
{
    /// <summary>Requests that were left out because they are longer than the model's context.</summary>
    public OverlongSource? Overlong => Source as OverlongSource;

    /// <inheritdoc/>
    public void Dispose() => Stream.Dispose();
}
