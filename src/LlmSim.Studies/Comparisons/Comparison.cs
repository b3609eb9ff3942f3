using LlmSim.Studies.Sweeps;

namespace LlmSim.Studies.Comparisons;

/// <summary>One figure of all runs in a comparison.</summary>
/// <param name="Metric">The figure.</param>
/// <param name="Values">Its value in each run; NaN where a run does not have it.</param>
/// <param name="Relative">Its value in each run over that of the first, minus 1; NaN where that means nothing.</param>
public sealed record ComparedMetric(StudyMetric Metric, IReadOnlyList<double> Values, IReadOnlyList<double> Relative);

/// <summary>Runs side by side; the first one is what the others are compared with.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Metrics">The figures that at least two of them have.</param>
public sealed record Comparison(IReadOnlyList<ComparedRun> Runs, IReadOnlyList<ComparedMetric> Metrics)
{
    /// <summary>Loads and compares runs. Of measured requests the same share is warm-up, and the same bounds are judged, as of the first run where that is a folder.</summary>
    /// <exception cref="LlmSim.Files.InputException">A path holds no run.</exception>
    public static Comparison Of(IEnumerable<string> paths)
    {
        ComparedRun[] runs = [.. paths.Select(RunLoader.Load)];
        // Requests that were measured know neither warm-up nor SLO: those of the run that they are compared with are theirs too.
        return Of([.. runs.Select(r => r.IsMeasured && r.Rows.Count > 0 && !runs[0].IsMeasured ? Like(runs[0], r) : r)]);
    }

    /// <summary>Compares runs.</summary>
    public static Comparison Of(IReadOnlyList<ComparedRun> runs)
    {
        var metrics = new List<ComparedMetric>();
        foreach (var metric in StudyMetric.All)
        {
            double[] values = [.. runs.Select(r => Value(metric, r))];
            if (values.Count(v => !double.IsNaN(v)) < Math.Min(2, runs.Count)) continue;
            metrics.Add(new ComparedMetric(metric, values, [.. values.Select(v => values[0] != 0 ? v / values[0] - 1 : double.NaN)]));
        }

        return new Comparison(runs, metrics);
    }

    private static ComparedRun Like(ComparedRun first, ComparedRun measured)
    {
        var counts = first.Summary.Requests;
        var all = counts.Completed + counts.Rejected + counts.Unfinished;
        // The nearest whole number of requests, so that few are not halved.
        var warmUp = all > 0 ? Math.Round((double)first.Summary.WarmUpRequests / all * measured.Rows.Count) / measured.Rows.Count : 0;
        return measured with { Summary = MeasuredSummary.Of([.. measured.Rows], warmUp, MeasuredSummary.Slo(first.Summary.Slo)) };
    }

    /// <summary>A measured run tells nothing about the engine's inside: zeros there are not figures.</summary>
    private static double Value(StudyMetric metric, ComparedRun run)
    {
        var inside = metric.Name.StartsWith("kvCache.", StringComparison.Ordinal) || metric.Name.StartsWith("utilization.", StringComparison.Ordinal) || metric.Name is "meanBatch" or "saturated";
        return run.IsMeasured && inside ? double.NaN : metric.Of(run.Summary);
    }
}
