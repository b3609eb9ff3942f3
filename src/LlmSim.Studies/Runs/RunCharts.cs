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

    /// <summary>Queue, batch, KV cache and throughput over time.</summary>
    public static Chart OverTime(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var spans = Thinned(run.Spans[0].All);
        double[] at = [.. spans.Select(s => s.StartNanoseconds / 1e9)];
        var blocks = Math.Max(1, run.KvBlocks[0]);
        var all = run.Spans[0].All;
        var (busyAt, busy) = Rates(all, s => s.BusyNanoseconds / 1e9);
        var (tokensAt, tokens) = Rates(all, s => s.DecodeTokens + s.PrefillTokens);
        TimeTrack Track(string quantity, Unit unit, Func<IterationSpan, double> value, double? limit = null) => new(quantity, unit, at, [.. spans.Select(value)], limit);
        var which = run.Replicas.Count > 1 ? " (replica 0)" : "";
        return OverTimeChart.Build(
            Head(run, "What happened when" + which),
            [
                Track("Waiting", Unit.Requests, s => s.MaxWaiting),
                Track("Running", Unit.Requests, s => s.MaxRunning, run.Replicas[0].Engine.MaxSequences),
                // Several batches in flight keep the engine no busier than busy.
                new TimeTrack("Utilisation", Unit.Share, busyAt, [.. busy.Select(b => Math.Min(1, b))], 1),
                Track("KV cache in use", Unit.Share, s => (double)s.MaxKvBlocks / blocks, 1),
                // Single iterations with and without a prompt differ too much to be read; a stretch holds many.
                new TimeTrack("Tokens per second", Unit.TokensPerSecond, tokensAt, tokens, null),
            ],
            [.. spans.Where(s => s.Preempted > 0).Select(s => s.StartNanoseconds / 1e9)]);
    }

    /// <summary>How long a decode iteration takes over its batch size, for contexts around the run's own.</summary>
    public static Chart StepTime(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return StepTimeChart.Build(Head(run, StepTimes.Sentence(run).TrimEnd('.')), StepTimes.Points(run));
    }

    /// <summary>An amount per second, in equal stretches of the run; what a span holds is spread over it evenly.</summary>
    private static (double[] Seconds, double[] PerSecond) Rates(IReadOnlyList<IterationSpan> spans, Func<IterationSpan, double> amount)
    {
        if (spans.Count == 0) return ([], []);
        long first = spans[0].StartNanoseconds, last = spans.Max(s => s.EndNanoseconds);
        var stretch = Math.Max(1, (last - first + Stretches - 1) / Stretches);
        var rates = new double[(last - first + stretch - 1) / stretch];
        foreach (var span in spans)
        {
            var perSecond = amount(span) / Math.Max(1, span.EndNanoseconds - span.StartNanoseconds) * 1e9;
            for (var i = (span.StartNanoseconds - first) / stretch; i < rates.Length && first + i * stretch < span.EndNanoseconds; i++)
                rates[i] += perSecond * (Math.Min(span.EndNanoseconds, first + (i + 1) * stretch) - Math.Max(span.StartNanoseconds, first + i * stretch)) / stretch;
        }

        return ([.. rates.Select((_, i) => (first + i * stretch) / 1e9)], rates);
    }

    /// <summary>Memory of a replica's device over time: weights, the blocks in use, what a step's activations may take.</summary>
    public static Chart Memory(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var plan = run.Replicas[0];
        var spans = Thinned(run.Spans[0].All);
        double[] at = [.. spans.Select(s => s.StartNanoseconds / 1e9)];
        double[] Constant(double bytes) => [.. at.Select(_ => bytes)];
        return MemoryOverTimeChart.Build(
            Head(run),
            [
                new MemoryTrack(
                    plan.Device.MainMemory.Name, at,
                    [
                        new MemoryUse("weights", Constant(plan.Memory.WeightBytes)),
                        new MemoryUse("KV cache", [.. spans.Select(s => s.MaxKvBlocks * plan.Memory.KvBytesPerBlock)]),
                        new MemoryUse("activations", Constant(plan.Memory.ActivationBytes)),
                    ],
                    plan.Memory.CapacityBytes),
            ]);
    }

    /// <summary>The texts that all charts of a run share.</summary>
    public static ChartHead Head(RunResult run, string title = "")
    {
        ArgumentNullException.ThrowIfNull(run);
        var scenario = run.File.Scenario;
        var plan = run.Replicas[0];
        return new ChartHead(
            title, $"{plan.Model.Name} on {Machines(run.Replicas)}, {plan.Engine.Policy}, {run.Rows.Length} requests",
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

    private static IReadOnlyList<IterationSpan> Thinned(IReadOnlyList<IterationSpan> spans)
    {
        if (spans.Count <= MostPoints) return spans;
        var every = (spans.Count + MostPoints - 1) / MostPoints;
        var thinned = new List<IterationSpan>(MostPoints);
        for (var i = 0; i < spans.Count; i += every)
        {
            var span = spans[i];
            for (var k = i + 1; k < Math.Min(i + every, spans.Count); k++) span = span.With(spans[k]);
            thinned.Add(span);
        }

        return thinned;
    }
}
