using LlmSim.Charts.Numbers;
using LlmSim.Studies.Metrics;
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
/// <param name="Notes">What was assumed about runs that do not tell themselves, one sentence each.</param>
public sealed record Comparison(IReadOnlyList<ComparedRun> Runs, IReadOnlyList<ComparedMetric> Metrics, IReadOnlyList<string> Notes)
{
    /// <summary>Loads and compares runs. Of measured requests the same share is warm-up, and the same bounds are judged, as of the first run where that is a folder.</summary>
    /// <exception cref="LlmSim.Files.InputException">A path holds no run.</exception>
    public static Comparison Of(IEnumerable<string> paths)
    {
        ComparedRun[] runs = [.. paths.Select(RunLoader.Load)];
        // Requests that were measured know neither warm-up nor SLO: those of the run that they are compared with are theirs too.
        return Of([.. runs.Select(r => IsJudgedHere(r) && !runs[0].IsMeasured ? Like(runs[0], r) : r)]);
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

        return new Comparison(runs, metrics, [.. NotesOn(runs)]);
    }

    /// <summary>Whether its figures are made here, of its requests, which know neither warm-up nor SLO.</summary>
    private static bool IsJudgedHere(ComparedRun run) => run.IsMeasured && run.Rows.Count > 0;

    private static IEnumerable<string> NotesOn(IReadOnlyList<ComparedRun> runs)
    {
        if (runs.Count == 0) yield break;
        var judged = runs.Where(IsJudgedHere).ToList();
        var names = string.Join(", ", judged.Select(r => r.Name).Distinct());
        if (judged.Count > 0 && runs[0].IsMeasured)
            yield return $"{names}: no request is left out as warm-up, and one is good that meets the default SLO ({Words(GoodRequest.Default)}); name a run's folder first to take its warm-up and SLO";
        else if (judged.Count > 0)
            yield return FormattableString.Invariant($"{names}: the same share is left out as warm-up as of {runs[0].Name} ({runs[0].Summary.WarmUpRequests} requests there), and its SLO is judged ({Words(GoodRequest.Of(MeasuredSummary.Slo(runs[0].Summary.Slo)))})");
        foreach (var run in runs.Where(r => r.IsMeasured && r.Rows.Count == 0))
            yield return $"{run.Name}: figures are as the benchmark printed them, over all its requests and by its own SLO";
        if (runs[0].IsMeasured && runs.FirstOrDefault(r => !r.IsMeasured && r.Summary.WarmUpRequests > 0) is { } simulated)
            yield return FormattableString.Invariant($"{simulated.Name}: its first {simulated.Summary.WarmUpRequests} requests are warm-up and not counted, those of {runs[0].Name} are");
    }

    private static string Words(GoodRequest good) => string.Join(", ", new[] { ("TTFT", good.TtftSeconds), ("TPOT", good.TpotSeconds), ("E2E", good.E2eSeconds) }
        .Where(b => double.IsFinite(b.Item2)).Select(b => $"{b.Item1} up to {SiFormat.Value(b.Item2, Unit.Seconds)}"));

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
