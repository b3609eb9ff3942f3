using LlmSim.Fitting.Regression;
using LlmSim.Fitting.Validation;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Comparisons;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;

namespace LlmSim.Fitting.Serving;

/// <summary>Whole runs of serving engines: every request's times, replayed from the same arrivals with fitted operator times.</summary>
internal static class ServingChecks
{
    private const string Group = "serving";

    // How far beyond its target a figure counts as broken: each new fit of the operators moves them by a percent.
    private const double Broken = 1.25;

    public static IEnumerable<ValidationRow> Run(
        string dataFolder, HardwareCatalogue catalogue, ValidationOptions options, List<string> notes, List<ReplayedRun> replays)
    {
        var parts = new RunParts();
        foreach (var run in MeasuredRun.All)
        {
            var path = run.RequestsIn(dataFolder);
            if (!File.Exists(path))
            {
                notes.Add($"{MeasuredRun.Data}/{run.Folder}: not there; the run was left out");
                continue;
            }

            var replay = new ReplayedRun(run, ScenarioRun.Execute(run.Load(dataFolder, catalogue), parts), RunLoader.Load(path));
            replays.Add(replay);
            foreach (var row in Rows(replay, options)) yield return row;
        }
    }

    /// <summary>Means, 90th and 99th percentiles of the latencies, and the throughput.</summary>
    private static IEnumerable<ValidationRow> Rows(ReplayedRun replay, ValidationOptions options)
    {
        var predicted = replay.Predicted.Rows.OrderBy(r => r.ArrivalNanoseconds).ThenBy(r => r.Id).ToList();
        var measured = replay.Measured.Rows;
        foreach (var (name, told, seen, of) in new (string, Distribution, Distribution, Func<RequestRow, double>)[]
        {
            ("TTFT", replay.Predicted.Summary.Ttft, replay.Measured.Summary.Ttft, r => r.TtftSeconds),
            ("TPOT", replay.Predicted.Summary.Tpot, replay.Measured.Summary.Tpot, r => r.TpotSeconds),
            ("E2E", replay.Predicted.Summary.E2e, replay.Measured.Summary.E2e, r => r.E2eSeconds),
        })
        {
            // Requests are paired by their order of arrival, for the scatter plot alone.
            List<(double, double)> points = predicted.Count != measured.Count ? []
                : [.. predicted.Zip(measured, (p, m) => (of(p), of(m))).Where(p => p.Item1 > 0 && p.Item2 > 0).Take(options.ScatterPoints)];
            yield return Row($"{name} mean", told.Mean, seen.Mean, 0.05, points);
            yield return Row($"{name} p90", told.P90, seen.P90, 0.08, []);
            yield return Row($"{name} p99", told.P99, seen.P99, 0.08, []);
        }

        yield return Row(
            "output tokens/s", replay.Predicted.Summary.Throughput.OutputTokensPerSecond, replay.Measured.Summary.Throughput.OutputTokensPerSecond, 0.05, []);

        ValidationRow Row(string figure, double told, double seen, double target, IReadOnlyList<(double, double)> points) => new(
            Group, replay.Run.Device, $"vLLM 0.19, {replay.Run.Label}: {figure}", $"{MeasuredRun.Data}/{replay.Run.Folder}", HeldOut.Independent,
            ErrorStatistics.Of([told / seen - 1]) with { Points = measured.Count }, target, points)
        { Figure = (told, seen), Limit = Broken * target };
    }
}
