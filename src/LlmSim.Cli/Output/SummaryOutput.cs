using System.Globalization;
using LlmSim.Charts.Numbers;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;

namespace LlmSim.Cli.Output;

/// <summary>Writes the summary of a run for eyes.</summary>
internal static class SummaryOutput
{
    /// <summary>The latencies, a row each.</summary>
    public static Sheet Latencies(Summary summary)
    {
        var sheet = new Sheet("latency (s)", "mean", "p50", "p90", "p95", "p99", "max");
        foreach (var (name, d) in new[] { ("TTFT", summary.Ttft), ("TPOT", summary.Tpot), ("ITL", summary.Itl), ("E2E", summary.E2e), ("queueing", summary.Queueing) })
        {
            sheet.Add(
                name, Cell.Si(d.Mean, Unit.Seconds), Cell.Si(d.P50, Unit.Seconds), Cell.Si(d.P90, Unit.Seconds), Cell.Si(d.P95, Unit.Seconds),
                Cell.Si(d.P99, Unit.Seconds), Cell.Si(d.Max, Unit.Seconds));
        }

        return sheet;
    }

    /// <summary>Everything that matters, the verdict last.</summary>
    public static void WriteTable(RunResult result, TextWriter output)
    {
        var s = result.Summary;
        output.WriteLine(RunCharts.Head(result).Subtitle);
        Latencies(s).WriteTable(output);
        Line(output, "requests", $"{s.Requests.Completed:N0} completed, {s.Requests.Rejected:N0} rejected, {s.Requests.Unfinished:N0} unfinished, in {Of(s.SimulatedSeconds, Unit.Seconds)} simulated; {(s.WarmUpRequests > 0 ? $"the first {s.WarmUpRequests:N0} are warm-up" : "no warm-up")}");
        Line(output, "throughput", $"{Of(s.Throughput.RequestsPerSecond, Unit.RequestsPerSecond)}, {Of(s.Throughput.InputTokensPerSecond, Unit.TokensPerSecond)} in, {Of(s.Throughput.OutputTokensPerSecond, Unit.TokensPerSecond)} out ({Of(s.Throughput.OutputTokensPerSecondPerUser, Unit.None)} per user)");
        Line(output, "iterations", $"{s.Iterations:N0}, mean batch {Of(s.MeanBatch, Unit.None)}");
        Line(output, "KV cache", $"{s.KvCache.Blocks:N0} blocks of {s.KvCache.BlockTokens} tokens, peak {Percent(s.KvCache.PeakUtilization)}, mean {Percent(s.KvCache.MeanUtilization)}, {s.KvCache.Preemptions:N0} preemptions, {s.KvCache.RecomputedTokens:N0} tokens recomputed, prefix hits {Percent(s.KvCache.PrefixHitRate)}");
        if (s.KvLink is { } link)
            Line(output, "KV link", $"{link.Transfers:N0} transfers of {Of(link.MeanSeconds, Unit.Seconds)} on average, after a wait of {Of(link.MeanWaitSeconds, Unit.Seconds)} ({Of(link.MeanRoomSeconds, Unit.Seconds)} of it for room on a decode replica); busy {Percent(link.Busy)} at most");
        foreach (var tier in s.Memory)
            Line(output, "memory " + tier.Tier, $"peak {Of(tier.PeakBytes, Unit.Bytes)} of {Of(tier.CapacityBytes, Unit.Bytes)}: {string.Join(", ", tier.Parts.Select(p => $"{p.Key} {Of(p.Value, Unit.Bytes)}"))}");
        Line(output, "utilisation", $"busy {Percent(s.Utilization.Busy)}, MFU {Percent(s.Utilization.Mfu)}, MBU {Percent(s.Utilization.Mbu)}, host {Percent(s.Utilization.HostShare)}{(double.IsNaN(s.Utilization.Bubble) ? "" : ", pipeline bubble " + Percent(s.Utilization.Bubble))}");
        if (s.Economy.EnergyJoules is { } energy)
        {
            Line(output, "energy, cost", $"{Of(energy, Unit.Joules)}, {Of(s.Economy.JoulesPerOutputToken ?? double.NaN, Unit.Joules)} per output token"
                + (s.Economy.UsdPerMillionOutputTokens is { } usd ? string.Create(CultureInfo.InvariantCulture, $", {usd:0.##} USD per million output tokens") : ""));
        }

        Line(output, "goodput", $"{Of(s.Goodput, Unit.RequestsPerSecond)}, {Percent(s.GoodputShare)} of the requests");
        foreach (var slo in s.Slo)
        {
            Line(output, "SLO", double.IsNaN(slo.Percentile)
                ? $"goodput share {Percent(slo.Measured)}, at least {Percent(slo.Bound)} wanted: {(slo.Met ? "met" : "missed")}"
                : slo.Met && double.IsNaN(slo.Measured) ? $"{slo.Metric} is not defined: every output is a single token"
                : $"{slo.Metric} p{SiFormat.Significant(slo.Percentile * 100)} {Of(slo.Measured, Unit.Seconds)}, at most {Of(slo.Bound, Unit.Seconds)} wanted: {(slo.Met ? "met" : "missed")}");
        }

        Line(output, "step times", s.TimeModel.StatedError);
        output.WriteLine();
        if (s.Saturated) output.WriteLine("The system is saturated: it cannot keep up with this load, and latencies grow with the length of the run.");
        output.WriteLine(s.Bottleneck);
        foreach (var advice in s.Advice) output.WriteLine("  try: " + advice);
    }

    private static void Line(TextWriter output, string name, string text) => output.WriteLine($" {name,-13} {text}");

    private static string Of(double value, Unit unit) => double.IsFinite(value) ? SiFormat.Value(value, unit) : "–";

    private static string Percent(double share) => double.IsNaN(share) ? "–" : (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
