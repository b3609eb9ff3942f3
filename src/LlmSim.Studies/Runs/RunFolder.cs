using LlmSim.Files;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs.Files;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Runs;

/// <summary>Runs a scenario and writes its folder, whole or not at all.</summary>
public static class RunFolder
{
    /// <summary>Runs a scenario into a folder: summary.json, run.json, scenario.json, and what <c>output</c> asks for.</summary>
    /// <param name="file">The scenario, checked.</param>
    /// <param name="folder">The folder; replaced when it is there.</param>
    /// <param name="more">Adds charts and the report to the folder (its path is the second argument) before it appears; null for none.</param>
    /// <param name="progress">Told how far the simulation is.</param>
    /// <param name="cancellation">Ends the run; nothing is left behind.</param>
    /// <exception cref="InputException">Something in the scenario or its trace is wrong, or the folder cannot be written.</exception>
    /// <exception cref="ImpossibleException">The model does not fit.</exception>
    public static RunResult Write(
        ScenarioFile file, string folder, Action<RunResult, string>? more = null, IProgress<RunProgress>? progress = null, CancellationToken cancellation = default)
    {
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            using var target = new AtomicFolder(folder);
            var output = file.Scenario.Output;
            RunResult result;
            using (var iterations = output.Iterations ? new IterationsCsv(target.File("iterations.csv")) : null)
                result = ScenarioRun.Execute(file, null, output.Timeline.Write || output.Report, iterations, progress, cancellation);
            if (output.Requests) RequestsCsv.Write(target.File("requests.csv"), result.Rows);
            if (output.Timeline.Write) TimelineJson.Write(target.File("timeline.json"), result.Rows, result.Spans, result.KvBlocks, output.Timeline, result.Replicas, result.Batches);
            File.WriteAllBytes(target.File("summary.json"), SummaryJson.Write(result.Summary));
            File.WriteAllText(target.File("scenario.json"), JsonPrinter.Print(file.Root));
            if (output.Report) more?.Invoke(result, target.Path);
            File.WriteAllBytes(target.File("run.json"), RunJson.Write(file, TimeProvider.System.GetElapsedTime(began).TotalSeconds, json =>
            {
                json.WriteNumber("simulationWallSeconds", result.SimulationWallSeconds);
                json.WriteNumber("skippedRows", result.SkippedRows);
            }));
            cancellation.ThrowIfCancellationRequested();
            target.Commit();
            return result;
        }
        catch (Exception e) when (WriteProblem.Is(e))
        {
            throw new InputException(new InputError(folder, 0, "", "the run folder cannot be written: " + e.Message, "choose another with --out"));
        }
    }
}
