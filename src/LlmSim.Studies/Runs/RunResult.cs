using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs;

/// <summary>Everything that is known after a run: what reports and charts are made of.</summary>
public sealed record RunResult
{
    /// <summary>The scenario that was run.</summary>
    public required ScenarioFile File { get; init; }

    /// <summary>Its figures.</summary>
    public required Summary Summary { get; init; }

    /// <summary>What became of each request, in order of arrival.</summary>
    public required RequestRow[] Rows { get; init; }

    /// <summary>What each replica did, as exact sums.</summary>
    public required IReadOnlyList<ReplicaTotals> Totals { get; init; }

    /// <summary>Iterations of each replica; empty where they were not kept.</summary>
    public required IReadOnlyList<IterationSpans> Spans { get; init; }

    /// <summary>Batches whose operators a timeline shows; null where iterations were not kept.</summary>
    public BatchChoice? Batches { get; init; }

    /// <summary>The plan of each replica.</summary>
    public required IReadOnlyList<ReplicaPlan> Replicas { get; init; }

    /// <summary>KV blocks of each replica.</summary>
    public IReadOnlyList<long> KvBlocks => [.. Replicas.Select(r => r.Engine.KvBlocks!.Value)];

    /// <summary>Wall time of the simulation itself, in seconds.</summary>
    public required double SimulationWallSeconds { get; init; }

    /// <summary>Bad rows of a trace that were left out.</summary>
    public long SkippedRows { get; init; }
}
