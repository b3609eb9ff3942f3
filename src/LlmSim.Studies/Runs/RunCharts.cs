using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Runs;

/// <summary>The charts of one run.</summary>
public static class RunCharts
{
    /// <summary>Points of a time series that a chart shows at most; extremes survive the thinning.</summary>
    private const int MostPoints = 2000;

    /// <summary>Stretches of a run whose utilisation is drawn.</summary>
    private const int Stretches = 200;

    /// <summary>All charts, by file name without extension.</summary>
    public static IReadOnlyList<(string Name, Chart Chart)> All(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return [("latency", Latency(run)), ("over-time", OverTime(run)), ("memory", Memory(run)), ("step-time", StepTime(run))];
    }

    /// <summary>How long requests wait for their first token, for each further one, and in all.</summary>
    public static Chart Latency(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var slo = run.File.Scenario.Slo;
        LatencyPanel Panel(string metric, Func<RequestRow, double> seconds, double? bound) => new(
            metric, [new LatencySample("requests", [.. Measured(run).Select(seconds).Where(double.IsFinite)])], bound);
        return LatencyCdfChart.Build(
            Head(run, $"TTFT p99 {SiFormat.Value(run.Summary.Ttft.P99, Unit.Seconds)}, TPOT p99 {SiFormat.Value(run.Summary.Tpot.P99, Unit.Seconds)}"),
            [
                Panel("Time to first token", r => r.TtftSeconds, slo?.Ttft?.Seconds),
                Panel("Time per output token", r => r.TpotSeconds, slo?.Tpot?.Seconds),
                Panel("End-to-end latency", r => r.E2eSeconds, slo?.E2e?.Seconds),
            ]);
    }

    /// <summary>Queue, batch, KV cache and throughput over time: of all replicas together, of pools and unlike machines apart.</summary>
    public static Chart OverTime(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var groups = ReplicaGroup.Of(run.Replicas, run.Totals);
        var all = run.Spans.SelectMany(s => s.All);
        var (first, last) = (all.Select(s => s.StartNanoseconds).DefaultIfEmpty(0).Min(), all.Select(s => s.EndNanoseconds).DefaultIfEmpty(0).Max());
        var held = groups.ConvertAll(g => HeldBy(run, g, last));
        TimeTrack Track(string quantity, Unit unit, Func<Held, ReplicaGroup, double> value, double? limit = null) => new(
            quantity, unit, [.. groups.Select((g, i) => new TimeLine(Words(g), held[i].Seconds, [.. held[i].Sums.Select(h => value(h, g))]))], limit);
        TimeTrack Rate(string quantity, Unit unit, Func<IterationSpan, double> amount, Func<ReplicaGroup, IEnumerable<double>, double> together, double? limit) => new(
            quantity, unit, [.. groups.Select(g =>
            {
                var (seconds, rates) = ReplicasOverTime.Rates(Spans(run, g), first, last, Stretches, amount);
                return new TimeLine(Words(g), seconds, [.. seconds.Select((_, i) => together(g, rates.Select(r => r[i])))]);
            })], limit);
        var head = Head(run, "What happened when");
        if (run.Replicas.Count > 1)
        {
            head = head with
            {
                Title = $"What happened when: {string.Join(", ", groups.Select(Words))}{(groups.Count == 1 ? " together" : "")}",
                Footnote = head.Footnote + " Requests and tokens are sums over replicas, utilisation and KV cache shares of what they all have.",
            };
        }

        var preempted = all.Where(s => s.Preempted > 0).ToList();
        return OverTimeChart.Build(
            head,
            [
                Track("Waiting", Unit.Requests, (h, _) => h.Waiting),
                Track("Running", Unit.Requests, (h, _) => h.Running, groups.Count == 1 ? Seats(run) : null),
                // Several batches in flight keep the engine no busier than busy.
                Rate("Utilisation", Unit.Share, s => s.BusyNanoseconds / 1e9, (g, busy) => busy.Sum(b => Math.Min(1, b)) / g.Members.Count, 1),
                Track("KV cache in use", Unit.Share, (h, g) => h.KvTokens / (double)Math.Max(1, g.Members.Sum(r => run.Totals[r].KvBlocks * run.Totals[r].BlockTokens)), 1),
                // Single iterations with and without a prompt differ too much to be read; a stretch holds many.
                Rate("Tokens per second", Unit.TokensPerSecond, s => s.DecodeTokens + s.PrefillTokens, (_, tokens) => tokens.Sum(), null),
            ],
            Every(preempted.Select(s => s.StartNanoseconds / 1e9).Order().ToList()), preempted.Sum(s => (long)s.Preempted));
    }

    /// <summary>How long a decode iteration takes over its batch size, for contexts around the run's own.</summary>
    public static Chart StepTime(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return StepTimeChart.Build(Head(run, StepTimes.Sentence(run).TrimEnd('.')), StepTimes.Points(run));
    }

    /// <summary>
    /// Main memory over time, that of all devices of the replicas together, of pools and unlike machines apart: weights, the blocks in use, what a step's
    /// activations may take.
    /// </summary>
    public static Chart Memory(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var groups = ReplicaGroup.Of(run.Replicas, run.Totals);
        var last = run.Spans.SelectMany(s => s.All).Select(s => s.EndNanoseconds).DefaultIfEmpty(0).Max();
        return MemoryOverTimeChart.Build(Head(run), [.. groups.Select(g => MemoryOf(run, g, groups.Count > 1, last))]);
    }

    private static MemoryTrack MemoryOf(RunResult run, ReplicaGroup group, bool apart, long last)
    {
        var (at, sums) = HeldBy(run, group, last);
        var (memory, plan) = (group.Plan.Memory, group.Plan);
        var devices = plan.Devices * group.Members.Count;
        double[] Constant(double bytes) => [.. at.Select(_ => devices * bytes)];
        var name = plan.Device.MainMemory.Name;
        if (run.Replicas.Count > 1) name += $" of {(apart ? "" : "all ")}{Words(group)}";
        if (devices > group.Members.Count) name += run.Replicas.Count > 1 ? $" ({devices} devices)" : $" of {devices} devices";
        return new MemoryTrack(
            name, at,
            [
                new MemoryUse("weights", Constant(memory.WeightBytes)),
                new MemoryUse("KV cache", [.. sums.Select(h => plan.Devices * h.KvTokens * (memory.KvBytesPerBlock / plan.Engine.BlockTokens!.Value))]),
                new MemoryUse("activations", Constant(memory.ActivationBytes)),
                .. memory.PrefetchBytes > 0 ? [new MemoryUse("fetched weights", Constant(memory.PrefetchBytes))] : Array.Empty<MemoryUse>(),
            ],
            devices * memory.CapacityBytes);
    }

    /// <summary>What the replicas of a group hold together over time, up to the end of the run.</summary>
    private static (double[] Seconds, Held[] Sums) HeldBy(RunResult run, ReplicaGroup group, long last)
    {
        var (seconds, sums) = ReplicasOverTime.Sums(Spans(run, group), [.. group.Members.Select(r => run.Totals[r].BlockTokens)], MostPoints);
        return seconds.Length > 0 && seconds[^1] >= last / 1e9 ? (seconds, sums) : ([.. seconds, last / 1e9], [.. sums, default]);
    }

    private static IReadOnlyList<IterationSpan>[] Spans(RunResult run, ReplicaGroup group) => [.. group.Members.Select(r => run.Spans[r].All)];

    /// <summary>Sequences that all engines may run at once; null where one has no bound.</summary>
    private static double? Seats(RunResult run) => run.Replicas.Sum(r => r.Engine.MaxSequences ?? double.NaN) is var seats && double.IsFinite(seats) ? seats : null;

    /// <summary>"3 prefill replicas".</summary>
    private static string Words(ReplicaGroup group) => $"{SiFormat.Count(group.Members.Count)} {group.Name}";

    /// <summary>So many moments as a chart shows, evenly taken.</summary>
    private static List<double> Every(List<double> moments)
    {
        var every = (moments.Count + MostPoints - 1) / MostPoints;
        return every <= 1 ? moments : [.. moments.Where((_, i) => i % every == 0)];
    }

    /// <summary>The texts that all charts of a run share.</summary>
    public static ChartHead Head(RunResult run, string title = "")
    {
        ArgumentNullException.ThrowIfNull(run);
        var scenario = run.File.Scenario;
        var plan = run.Replicas[0];
        return new ChartHead(
            title, $"{plan.Model.Name} on {Machines(run.Replicas)}, {string.Join(", ", run.Replicas.Select(r => r.Engine.Policy).Distinct())}, {run.Rows.Length} requests",
            $"Step times: {run.Summary.TimeModel.StatedError}. Seed {scenario.Workload!.Seed}.");
    }

    /// <summary>The machines of all replicas: "4 replicas of NVIDIA L4", or where they differ "1 × NVIDIA A100, 3 × NVIDIA L4".</summary>
    private static string Machines(IReadOnlyList<ReplicaPlan> plans)
    {
        var kinds = plans.GroupBy(p => p.Hardware).Select(g => (Hardware: g.Key, g.First().Devices, Count: g.Count())).ToList();
        if (kinds.Count == 1) return (plans.Count > 1 ? $"{plans.Count} replicas of " : "") + kinds[0].Hardware;
        return string.Join(", ", kinds.Select(k => k.Devices > 1 ? $"{k.Count} × ({k.Hardware})" : $"{k.Count} × {k.Hardware}"));
    }

    /// <summary>The finished requests that statistics count.</summary>
    internal static IEnumerable<RequestRow> Measured(RunResult run) =>
        run.Rows.Skip((int)run.Summary.WarmUpRequests).Where(r => r.Status == RequestStatus.Finished);
}
