using LlmSim.Files;
using LlmSim.Machines.Hardware;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Settings;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs.Files;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs;

/// <summary>Runs a scenario: plans its replicas, builds its load, simulates, and draws up the figures.</summary>
public static class ScenarioRun
{
    /// <summary>Share of a synthetic load that statistics leave out by default.</summary>
    public const double DefaultWarmUp = 0.1;

    /// <summary>Runs a scenario without writing anything.</summary>
    /// <param name="file">The scenario, checked.</param>
    /// <param name="parts">Models and devices read before; null for none.</param>
    /// <param name="keepIterations">Whether iterations are kept for charts and timelines.</param>
    /// <param name="iterations">Where iterations are written as they end; null for nowhere.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="LlmSim.Files.InputException">Something in the scenario or its trace is wrong.</exception>
    /// <exception cref="ImpossibleException">The model does not fit.</exception>
    public static RunResult Execute(
        ScenarioFile file, RunParts? parts = null, bool keepIterations = false, IterationsCsv? iterations = null, IProgress<RunProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var scenario = file.Scenario;
        var workload = scenario.Workload ?? throw new ArgumentException("the scenario has no workload", nameof(file));
        var plans = Plans(scenario, parts ?? new RunParts(), file.Path);
        using var load = WorkloadBuilder.Build(workload, plans[0].Model.MaxContextTokens);
        var warmUp = scenario.WarmUp ?? (load.IsRecorded ? 0 : DefaultWarmUp);
        var observer = new RunObserver(plans.Count, keepIterations, iterations) { RequestNanoseconds = plans[0].RequestNanoseconds, Batches = keepIterations ? new BatchChoice(scenario.Output.Timeline) : null };
        var cluster = Cluster(scenario, plans, file.Path);
        Simulation? simulation = null;
        var source = new WatchedSource(
            load, SummaryBuilder.WarmUpRequests(WorkloadBuilder.Count(workload, load), warmUp), () => simulation!.TokenGaps.Clear(), progress, cancellation)
        { RequestNanoseconds = plans[0].RequestNanoseconds };
        simulation = new Simulation(cluster, source, observer);
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            simulation.Run();
        }
        catch (Execution.StepCosts.MeasuredTables.OutsideTableException e)
        {
            throw new ImpossibleException(e.Message + "; a measured table is not stretched beyond what was measured");
        }

        var wall = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        foreach (var request in load.Overlong?.Rejected ?? []) observer.Reject(request);
        var rows = observer.Rows();
        if (rows.Length == 0 && load.Trace is { } trace)
        {
            throw new InputException(new InputError(
                workload.Trace!, 0, "", "holds no requests" + (trace.SkippedRows + trace.FailedRows is > 0 and var left ? $": every row was left out ({left})" : ""), "name another trace, or mend its rows"));
        }

        var totals = Enumerable.Range(0, plans.Count).Select(simulation.Totals).ToList();
        var facts = new RunFacts
        {
            Totals = totals,
            Gaps = simulation.TokenGaps,
            SimulatedNanoseconds = Math.Max(simulation.NowNanoseconds, rows.Length == 0 ? 0 : rows.Max(r => r.FinishNanoseconds)),
            WarmUp = warmUp,
            OpenLoop = workload.Arrivals?.Kind is not ("closed-loop" or "all-at-once"),
            Devices = plans.Sum(p => p.Devices),
            Slo = scenario.Slo,
            Flops = MachineUse.Flops(plans, totals),
            Bytes = MachineUse.Bytes(plans, totals),
            PeakFlopsPerSecond = MachineUse.PeakFlops(plans),
            PeakBytesPerSecond = plans.Sum(p => p.Devices * p.Device.MemoryBandwidthBytesPerSecond),
            PowerWatts = plans.All(p => p.Device.PowerWatts is not null) ? plans.Sum(p => p.Devices * p.Device.PowerWatts!.Value) : null,
            UsdPerHour = plans.All(p => p.Device.Price is not null) ? plans.Sum(p => p.Devices * p.Device.Price!.UsdPerHour) : null,
            Memory = MachineUse.Memory(plans, totals),
            TimeModel = TimeModel(plans),
            Notes = [.. plans.SelectMany(p => p.Notes).Distinct(), .. plans.SelectMany(p => p.Time.Warnings).Distinct(), .. LoadNotes(load), .. CopyNotes(totals), .. LinkNotes(scenario, plans), .. GoodputNotes(scenario.Slo)],
        };
        var summary = SummaryBuilder.Build(rows, facts);
        var verdict = Bottleneck.Find(plans, totals, summary, cluster.KvLink);
        return new RunResult
        {
            File = file,
            Summary = summary with { Bottleneck = verdict.Sentence, Advice = verdict.Advice },
            Rows = rows,
            Totals = totals,
            Batches = observer.Batches,
            Spans = [.. Enumerable.Range(0, plans.Count).Select(observer.Spans)],
            Replicas = plans,
            SimulationWallSeconds = wall,
            SkippedRows = load.Trace?.SkippedRows ?? 0,
        };
    }

    /// <summary>Which requests are good, where the scenario does not say.</summary>
    private static IEnumerable<string> GoodputNotes(SloSection? slo)
    {
        if (slo is { Ttft: not null } or { Tpot: not null } or { E2e: not null }) yield break;
        yield return FormattableString.Invariant($"goodput counts requests with a TTFT of at most {GoodRequest.Default.TtftSeconds} s and a TPOT of at most {GoodRequest.Default.TpotSeconds} s, DistServe's bounds: the scenario names none of its own");
    }

    private static List<ReplicaPlan> Plans(Scenario scenario, RunParts parts, string file)
    {
        if (scenario.Groups.Count == 0) return [.. Enumerable.Repeat(ReplicaPlanner.Plan(scenario, scenario.Machine, scenario.Engine, parts, file), scenario.Replicas)];
        return [.. scenario.Groups.SelectMany(g => Enumerable.Repeat(ReplicaPlanner.Plan(scenario, g.Machine ?? scenario.Machine, g.Engine ?? scenario.Engine, parts, file), g.Count))];
    }

    /// <summary>Where step times come from; where devices differ, of each.</summary>
    private static TimeModelFigures TimeModel(List<ReplicaPlan> plans)
    {
        var stated = plans.Select(p => (p.Device.Title, p.StatedError)).Distinct().ToList();
        return new TimeModelFigures(
            string.Join(", ", plans.Select(p => p.TimeKind).Distinct()),
            stated.Select(s => s.StatedError).Distinct().Count() == 1 ? stated[0].StatedError : string.Join("; ", stated.Select(s => $"{s.Title}: {s.StatedError}")));
    }

    private static ClusterSettings Cluster(Scenario scenario, List<ReplicaPlan> plans, string file) => new()
    {
        Replicas = [.. plans.Select(p => new ReplicaSettings(p.Engine, p.Cost))],
        Router = scenario.Router,
        KvLink = Link(scenario, plans),
        Seed = scenario.Workload!.Seed,
        File = file,
    };

    /// <summary>The link between pools: what the scenario says, filled up from the prefill device's network, or its link to its peers.</summary>
    private static KvLink? Link(Scenario scenario, List<ReplicaPlan> plans)
    {
        if (plans.FirstOrDefault(p => p.Engine.Role == "prefill") is not { } prefill) return null;
        var section = scenario.KvLink ?? new KvLinkSection();
        var link = prefill.Device.LinkOf(LinkKind.Network) ?? prefill.Device.LinkOf(LinkKind.Peer);
        return new KvLink
        {
            // All devices of a replica send at once, each over its own link.
            BytesPerSecond = section.BytesPerSecond ?? (link?.BandwidthBytesPerSecond ?? 0) * prefill.Devices,
            LatencyNanoseconds = (long)Math.Round((section.LatencySeconds ?? link?.LatencySeconds ?? 0) * 1e9),
            OverlappedLayers = section.LayerByLayer ? prefill.Model.LayerCount : 0,
        };
    }

    private static IEnumerable<string> LinkNotes(Scenario scenario, List<ReplicaPlan> plans)
    {
        if (scenario.KvLink is not null && plans.All(p => p.Engine.Role != "prefill"))
            yield return "kvLink is not used: no replica has the role prefill, so no keys and values are sent";
    }

    private static IEnumerable<string> CopyNotes(List<Serving.Results.ReplicaTotals> totals)
    {
        var blocks = totals.Sum(t => t.BlocksCopied);
        if (blocks > 0) yield return FormattableString.Invariant($"{blocks} KV blocks were copied where outputs of one prompt parted, in {totals.Sum(t => t.CopyNanoseconds) / 1e6:0.###} ms");
    }

    private static IEnumerable<string> LoadNotes(ScenarioLoad load)
    {
        if (load.Trace is { SkippedRows: > 0 } trace) yield return FormattableString.Invariant($"{trace.SkippedRows} bad rows of the trace were skipped");
        if (load.Trace is { FailedRows: > 0 } failed) yield return FormattableString.Invariant($"{failed.FailedRows} rows of the trace are failed requests and were left out");
        if (load.Overlong is { Rejected.Count: > 0 } overlong) yield return FormattableString.Invariant($"{overlong.Rejected.Count} requests are longer than the model's context and were rejected");
        if (load.Overlong is { Truncated: > 0 } cut) yield return FormattableString.Invariant($"{cut.Truncated} requests were cut to the model's context");
    }
}
