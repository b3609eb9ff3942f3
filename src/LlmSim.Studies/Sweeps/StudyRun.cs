using System.Collections.Concurrent;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Sweeps;

/// <summary>How a study runs.</summary>
public sealed record StudyOptions
{
    /// <summary>The store's file; null keeps nothing.</summary>
    public string? StorePath { get; init; }

    /// <summary>Simulations at once; 0 for one on each core. Results do not depend on it.</summary>
    public int Workers { get; init; }

    /// <summary>Told after each simulation.</summary>
    public IProgress<StudyProgress>? Progress { get; init; }
}

/// <summary>How far a study is.</summary>
/// <param name="Done">Simulations done, found in the store or skipped.</param>
/// <param name="Total">Simulations in total.</param>
/// <param name="FromStore">Those found in the store.</param>
public readonly record struct StudyProgress(int Done, int Total, int FromStore);

/// <summary>
/// Runs every point of a study, one simulation on each core. Points share imported models and compiled plans; each is simulated by one thread, so that the
/// results are the same whatever the number of workers.
/// </summary>
public static class StudyRun
{
    /// <summary>Runs a study.</summary>
    /// <param name="file">The scenario with its axes.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it; what was finished is in the store.</param>
    /// <exception cref="InputException">The scenario, its axes, a point or the store is wrong.</exception>
    public static StudyResult Execute(ScenarioFile file, StudyOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new StudyOptions();
        var axes = StudyAxes.Read(file);
        axes.Check(file);
        if (file.Scenario.Workload is null)
            throw new InputException(new InputError(file.Path, 0, "workload", "is missing", "describe the load; a study of forward passes (\"pass\") is run by llmsim run"));
        var keys = options.StorePath is null ? null : new StudyKeys(file, axes);
        using var store = keys is null ? null : StudyStore.Open(options.StorePath!, keys.Study);
        var study = new Known(file, store, keys, store?.ReadAll() ?? [], new RunParts(), options.StorePath);
        var repeat = file.Scenario.Repeat;
        var curves = new StudyCurves(axes, file.Scenario.StopAtSaturation);
        var outcomes = new PointOutcome[axes.Count];
        var queue = new ConcurrentQueue<IReadOnlyList<int>>(curves.All);
        var counter = new Counter(axes.Count * repeat, options.Progress);
        ConcurrentBag<Exception> failures = [];
        void Work()
        {
            try
            {
                while (queue.TryDequeue(out var curve))
                {
                    var saturated = false;
                    foreach (var index in curve)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        if (!failures.IsEmpty) return;
                        outcomes[index] = saturated ? PointOutcome.Skipped(axes.Point(index)) : Point(study, axes.Point(index), repeat, counter, cancellation);
                        if (saturated) counter.Add(repeat, 0);
                        saturated |= curves.Stops && outcomes[index].Runs.Count > 0 && outcomes[index].Runs.All(r => r.Saturated);
                    }
                }
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        var workers = Math.Clamp(options.Workers > 0 ? options.Workers : Environment.ProcessorCount, 1, Math.Max(1, queue.Count));
        var threads = Enumerable.Range(1, workers - 1).Select(_ => new Thread(Work)).ToList();
        foreach (var thread in threads) thread.Start();
        Work();
        foreach (var thread in threads) thread.Join();
        if (failures.TryTake(out var failure)) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return new StudyResult(file, axes, outcomes);
    }

    private static PointOutcome Point(Known study, StudyPoint point, int repeat, Counter counter, CancellationToken cancellation)
    {
        var runs = new List<Summary>(repeat);
        ScenarioFile? scenario = null;
        for (var r = 0; r < repeat; r++)
        {
            var key = study.Keys?.Of(point.Index, r);
            if (key is not null && study.Results.TryGetValue(key, out var known))
            {
                runs.Add(ReadKnown(known, study));
                counter.Add(1, 1);
                continue;
            }

            scenario ??= study.File.With(point.Values);
            try
            {
                var summary = ScenarioRun.Execute(r == 0 ? scenario : WithSeed(scenario, (ulong)r), study.Parts, cancellation: cancellation).Summary;
                study.Store?.Add(key!, summary);
                runs.Add(summary);
            }
            catch (ImpossibleException e)
            {
                counter.Add(repeat - r, 0);
                return new PointOutcome(point, [], e.Message);
            }

            counter.Add(1, 0);
        }

        return new PointOutcome(point, runs, null);
    }

    private static Summary ReadKnown(ArraySegment<byte> known, Known study)
    {
        try
        {
            return SummaryBytes.Read(known, study.Texts);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new InputException(new InputError(study.StorePath!, 0, "", "the store is damaged", "name another folder with --out, or remove it"));
        }
    }

    private static ScenarioFile WithSeed(ScenarioFile scenario, ulong more)
    {
        var seed = (scenario.Scenario.Workload?.Seed ?? 1) + more;
        var text = seed.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return scenario.With([new("workload.seed", new JsonValue { File = scenario.Path, Kind = JsonValueKind.Number, Text = text, Number = seed })]);
    }

    /// <summary>What all workers share; none of it changes but the store and the texts.</summary>
    private sealed record Known(ScenarioFile File, StudyStore? Store, StudyKeys? Keys, Dictionary<string, ArraySegment<byte>> Results, RunParts Parts, string? StorePath)
    {
        /// <summary>Texts of results that were in the store.</summary>
        public ConcurrentDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Counter(int total, IProgress<StudyProgress>? progress)
    {
        private readonly Lock _lock = new();
        private int _done;
        private int _fromStore;

        public void Add(int done, int fromStore)
        {
            lock (_lock)
            {
                _done += done;
                _fromStore += fromStore;
                progress?.Report(new StudyProgress(_done, total, _fromStore));
            }
        }
    }
}
