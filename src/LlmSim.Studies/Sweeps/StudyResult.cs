using LlmSim.Studies.Metrics;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Sweeps;

/// <summary>What came of one point.</summary>
/// <param name="Point">The point.</param>
/// <param name="Runs">A summary for each seed; empty when the point was skipped or is impossible.</param>
/// <param name="Impossible">Why it cannot work; null when it can.</param>
public sealed record PointOutcome(StudyPoint Point, IReadOnlyList<Summary> Runs, string? Impossible)
{
    /// <summary>Whether it was not run because a lower rate of its curve saturated already.</summary>
    public bool WasSkipped => Runs.Count == 0 && Impossible is null;

    /// <summary>A point that was not run.</summary>
    public static PointOutcome Skipped(StudyPoint point) => new(point, [], null);

    /// <summary>A metric over the seeds.</summary>
    public Estimate Of(StudyMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return Runs.Count == 1 ? new Estimate(metric.Of(Runs[0]), double.NaN) : Estimate.From([.. Runs.Select(metric.Of)]);
    }
}

/// <summary>All points of a study, in order.</summary>
/// <param name="File">The scenario with its axes.</param>
/// <param name="Axes">The axes.</param>
/// <param name="Points">What came of each point.</param>
public sealed record StudyResult(ScenarioFile File, StudyAxes Axes, IReadOnlyList<PointOutcome> Points);
