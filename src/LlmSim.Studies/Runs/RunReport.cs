using System.Globalization;
using LlmSim.Charts.Numbers;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Reports;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Runs;

/// <summary>The report of one run: the verdict, the figures, the charts, the bottleneck and what to try, what was assumed, how to repeat it.</summary>
public static class RunReport
{
    private const string OverTime = "Over time";
    private const int SlowestShown = 10;

    /// <summary>Writes the page.</summary>
    public static string Write(RunResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var s = run.Summary;
        return ReportPage.Write(new ReportData
        {
            Title = run.File.Scenario.Title is { Length: > 0 } title ? title : run.File.Name,
            Subtitle = RunCharts.Head(run).Subtitle,
            Verdict = Verdict(s),
            Tone = s.Slo.Count == 0 ? VerdictTone.Neutral : s.MeetsSlo ? VerdictTone.Good : VerdictTone.Bad,
            Figures =
            [
                new("TTFT p99", Seconds(s.Ttft.P99), "mean " + Seconds(s.Ttft.Mean)),
                new("TPOT p99", Seconds(s.Tpot.P99), "mean " + Seconds(s.Tpot.Mean)),
                new("E2E p99", Seconds(s.E2e.P99), "mean " + Seconds(s.E2e.Mean)),
                new("Throughput", SiFormat.Value(s.Throughput.RequestsPerSecond, Unit.RequestsPerSecond), SiFormat.Value(s.Throughput.OutputTokensPerSecond, Unit.TokensPerSecond) + " out"),
                new("Goodput", SiFormat.Value(s.Goodput, Unit.RequestsPerSecond), Percent(s.GoodputShare) + " of requests"),
                new("KV cache", Percent(s.KvCache.PeakUtilization) + " at peak", SiFormat.Count(s.KvCache.Preemptions) + " preemptions"),
            ],
            Sections =
            [
                StandardSections.Charts("Latency", [(RunCharts.Latency(run), "latency")]),
                StandardSections.Bottleneck(s.Bottleneck, [.. s.Advice.Select(Split)]),
                new ReportSection("Step time", [new ChartBlock(RunCharts.StepTime(run), "step-time")]),
                StandardSections.Charts("Memory", [(RunCharts.Memory(run), "memory")], overTime: true),
                StandardSections.Charts(OverTime, [(RunCharts.OverTime(run), "over-time")], overTime: true),
                StandardSections.Slowest([.. Slowest(run)], OverTime),
                Details(s),
                StandardSections.Assumptions([new Assumption("step times: " + s.TimeModel.Kind, s.TimeModel.StatedError), .. s.Notes.Select(n => new Assumption(n, ""))]),
                StandardSections.Scenario(JsonPrinter.Print(run.File.Root)),
                StandardSections.Reproduce("llmsim run scenario.json", "The run folder holds this scenario as scenario.json, with everything that was set on the command line."),
            ],
            Footer = string.Create(CultureInfo.InvariantCulture, $"llmsim {typeof(RunReport).Assembly.GetName().Version?.ToString(3)}, seed {run.File.Scenario.Workload!.Seed}"),
        });
    }

    private static string Verdict(Summary s)
    {
        if (s.Saturated) return "The system is saturated: it cannot keep up with this load.";
        if (s.Slo.Count == 0) return s.Bottleneck;
        if (s.MeetsSlo) return "The SLO is met.";
        var missed = s.Slo.Where(b => !b.Met).Select(b => double.IsNaN(b.Percentile)
            ? $"{Percent(b.Measured)} of the requests are good, {Percent(b.Bound)} were wanted"
            : $"{b.Metric.ToUpperInvariant()} p{SiFormat.Significant(b.Percentile * 100)} is {Seconds(b.Measured)}, {Seconds(b.Bound)} was wanted");
        return "The SLO is missed: " + string.Join("; ", missed) + ".";
    }

    // Advice reads "what = value does this": the change ends where the gain begins.
    private static Advice Split(string advice)
    {
        var words = advice.Split(' ', 4);
        return words.Length == 4 && words[1] == "=" ? new Advice(string.Join(' ', words[..3]), words[3]) : new Advice(advice, "");
    }

    private static IEnumerable<SlowRequest> Slowest(RunResult run) => RunCharts.Measured(run)
        .OrderByDescending(r => r.E2eSeconds).ThenBy(r => r.Id).Take(SlowestShown)
        .Select(r => new SlowRequest(
            r.Id.ToString(CultureInfo.InvariantCulture), r.ArrivalNanoseconds / 1e9, r.PromptTokens, r.OutputTokens, r.TtftSeconds, r.E2eSeconds, r.Preemptions));

    private static ReportSection Details(Summary s)
    {
        ReportRow Row(string name, Distribution d) => new(
            [new(name), .. new[] { d.Mean, d.P50, d.P90, d.P95, d.P99, d.Max }.Select(v => new ReportCell(Seconds(v), v))]);
        return new ReportSection("All figures",
        [
            new TableBlock(
                [new("Latency"), new("mean", true), new("p50", true), new("p90", true), new("p95", true), new("p99", true), new("max", true)],
                [Row("TTFT", s.Ttft), Row("TPOT", s.Tpot), Row("ITL", s.Itl), Row("E2E", s.E2e), Row("queueing", s.Queueing), Row("E2E per output token", s.NormalizedLatency)]),
            new ListBlock(
            [
                $"{s.Requests.Completed:N0} requests completed, {s.Requests.Rejected:N0} rejected, {s.Requests.Unfinished:N0} unfinished; {(s.WarmUpRequests > 0 ? $"the first {s.WarmUpRequests:N0} are warm-up and not counted" : "no warm-up")}",
                $"{s.Iterations:N0} iterations in {Seconds(s.SimulatedSeconds)} simulated, mean batch {SiFormat.Significant(s.MeanBatch)}",
                $"busy {Percent(s.Utilization.Busy)}, MFU {Percent(s.Utilization.Mfu)}, MBU {Percent(s.Utilization.Mbu)}, host {Percent(s.Utilization.HostShare)}{(double.IsNaN(s.Utilization.Bubble) ? "" : ", pipeline bubble " + Percent(s.Utilization.Bubble))}",
                $"KV cache: {s.KvCache.Blocks:N0} blocks of {s.KvCache.BlockTokens} tokens, mean use {Percent(s.KvCache.MeanUtilization)}, {s.KvCache.RecomputedTokens:N0} tokens recomputed, {Percent(s.KvCache.PrefixHitRate)} prefix hits",
                .. s.KvLink is { } link ? [$"KV link: {link.Transfers:N0} transfers of {Seconds(link.MeanSeconds)} on average, after a wait of {Seconds(link.MeanWaitSeconds)} ({Seconds(link.MeanRoomSeconds)} of it for room on a decode replica); busy {Percent(link.Busy)} at most"] : Array.Empty<string>(),
                .. s.Memory.Select(m => $"memory {m.Tier}: peak {SiFormat.Value(m.PeakBytes, Unit.Bytes)} of {SiFormat.Value(m.CapacityBytes, Unit.Bytes)}"),
            ]),
        ]);
    }

    private static string Seconds(double value) => double.IsFinite(value) ? SiFormat.Value(value, Unit.Seconds) : "–";

    private static string Percent(double share) => double.IsNaN(share) ? "–" : (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
