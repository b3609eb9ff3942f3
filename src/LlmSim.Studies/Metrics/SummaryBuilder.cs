using LlmSim.Serving.Results;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Metrics;

/// <summary>What a summary needs beside the rows of the requests.</summary>
public sealed record RunFacts
{
    /// <summary>Totals of each replica.</summary>
    public required IReadOnlyList<ReplicaTotals> Totals { get; init; }

    /// <summary>Gaps between tokens.</summary>
    public required TokenGaps Gaps { get; init; }

    /// <summary>Simulated time, in nanoseconds.</summary>
    public required long SimulatedNanoseconds { get; init; }

    /// <summary>Share of the requests that statistics leave out.</summary>
    public required double WarmUp { get; init; }

    /// <summary>Whether arrivals do not wait for completions.</summary>
    public required bool OpenLoop { get; init; }

    /// <summary>Devices of all replicas.</summary>
    public required int Devices { get; init; }

    /// <summary>What users are promised.</summary>
    public SloSection? Slo { get; init; }

    /// <summary>Floating-point operations over all replicas; NaN when unknown.</summary>
    public double Flops { get; init; } = double.NaN;

    /// <summary>Bytes moved to and from main memory over all replicas; NaN when unknown.</summary>
    public double Bytes { get; init; } = double.NaN;

    /// <summary>Peak of all devices in floating-point operations per second.</summary>
    public double PeakFlopsPerSecond { get; init; } = double.NaN;

    /// <summary>Bandwidth of all devices' main memories in bytes per second.</summary>
    public double PeakBytesPerSecond { get; init; } = double.NaN;

    /// <summary>Power of all devices, in watts; null when unknown.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>Price of all devices, in US dollars per hour; null when unknown.</summary>
    public double? UsdPerHour { get; init; }

    /// <summary>Memory, tier by tier.</summary>
    public IReadOnlyList<TierMemory> Memory { get; init; } = [];

    /// <summary>Where times come from.</summary>
    public required TimeModelFigures TimeModel { get; init; }

    /// <summary>What was assumed or left out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>From what happened to each request to the figures of a run.</summary>
public static class SummaryBuilder
{
    // Idle accelerators draw roughly a quarter of their board limit (A100 and H100 idle at 50 to 120 W of 400 to 700 W).
    private const double IdlePowerShare = 0.25;

    /// <summary>Requests that statistics leave out: the share, rounded up, but never all of them.</summary>
    /// <param name="requests">Requests in all.</param>
    /// <param name="share">Share to leave out, 0 to 1.</param>
    public static long WarmUpRequests(long requests, double share) =>
        // A share that was made of a number of requests comes to that number again.
        Math.Max(0, Math.Min((long)Math.Ceiling(requests * share - 1e-6), requests - 1));

    /// <summary>Builds the summary, all but its words about the bottleneck.</summary>
    /// <param name="rows">Requests in order of arrival.</param>
    /// <param name="facts">The rest.</param>
    public static Summary Build(ReadOnlySpan<RequestRow> rows, RunFacts facts)
    {
        var skipped = (int)WarmUpRequests(rows.Length, facts.WarmUp);
        var counted = rows[skipped..];
        var good = GoodRequest.Of(facts.Slo);
        long goodOnes = 0, lastFinish = 0;
        var ttft = new Values(counted.Length);
        var tpot = new Values(counted.Length);
        var e2e = new Values(counted.Length);
        var queueing = new Values(counted.Length);
        var normalized = new Values(counted.Length);
        var perUser = 0.0;
        foreach (var row in counted)
        {
            if (row.FirstScheduledNanoseconds >= 0) queueing.Add(row.QueueingSeconds);
            if (row.FirstTokenNanoseconds >= 0) ttft.Add(row.TtftSeconds);
            if (row.Status != RequestStatus.Finished) continue;
            lastFinish = Math.Max(lastFinish, row.FinishNanoseconds);
            e2e.Add(row.E2eSeconds);
            normalized.Add(row.E2eSeconds / row.OutputTokens);
            if (row.OutputTokens > 1)
            {
                tpot.Add(row.TpotSeconds);
                perUser += 1 / Math.Max(row.TpotSeconds, 1e-9);
            }

            if (good.Meets(row)) goodOnes++;
        }

        var begin = skipped == 0 || counted.Length == 0 ? 0 : counted[0].ArrivalNanoseconds;
        var measured = Math.Max(0, (facts.OpenLoop ? lastFinish : Math.Max(lastFinish, begin)) - begin) / 1e9;
        double Rate(double count) => measured > 0 ? count / measured : 0;
        var (finished, goodInTime, inputTokens, outputTokens) = ServedWithin(rows, begin, lastFinish, good);
        var tpotCount = tpot.Count;
        var summary = new Summary
        {
            Requests = Counts(rows),
            Ttft = ttft.Distribution(),
            Tpot = tpot.Distribution(),
            Itl = Gaps(facts.Gaps),
            E2e = e2e.Distribution(),
            Queueing = queueing.Distribution(),
            NormalizedLatency = normalized.Distribution(),
            Throughput = new ThroughputFigures(
                Rate(finished), Rate(inputTokens), Rate(outputTokens), tpotCount > 0 ? perUser / tpotCount : double.NaN, Rate(outputTokens) / facts.Devices),
            Goodput = Rate(goodInTime),
            GoodputShare = counted.Length > 0 ? (double)goodOnes / counted.Length : double.NaN,
            KvCache = KvCache(facts.Totals),
            KvLink = KvLink(facts),
            Utilization = Utilization(facts),
            Iterations = facts.Totals.Sum(t => t.Iterations),
            MeanBatch = facts.Totals.Sum(t => t.Iterations) is var n and > 0 ? (double)facts.Totals.Sum(t => t.SequenceIterations) / n : double.NaN,
            SimulatedSeconds = facts.SimulatedNanoseconds / 1e9,
            WarmUpRequests = rows.Length - counted.Length,
            Saturated = Saturation.Judge(rows, facts.OpenLoop).IsSaturated,
            Bottleneck = "",
            Memory = facts.Memory,
            TimeModel = facts.TimeModel,
            Notes = facts.Notes,
        };
        return summary with { Slo = Judge(facts.Slo, summary, ttft, tpot, e2e, facts.Gaps), Economy = Economy(facts, AllOutputTokens(rows), outputTokens, measured) };
    }

    /// <summary>
    /// What is served in the measured stretch, which begins with the first request that is counted: of each finished request the share of its service, first
    /// scheduled to finish, that lies within. Requests of the warm-up that run on into it take their part of the machine; without them a closed loop would
    /// seem to serve less than it does, and counted whole they would make it more.
    /// </summary>
    private static (double Requests, double Good, double InputTokens, double OutputTokens) ServedWithin(
        ReadOnlySpan<RequestRow> rows, long begin, long end, GoodRequest good)
    {
        double requests = 0, goodOnes = 0, inputTokens = 0, outputTokens = 0;
        foreach (var row in rows)
        {
            if (row.Status != RequestStatus.Finished || row.FinishNanoseconds <= begin) continue;
            var started = row.FirstScheduledNanoseconds >= 0 ? row.FirstScheduledNanoseconds : row.ArrivalNanoseconds;
            var within = Math.Min(row.FinishNanoseconds, end) - Math.Max(started, begin);
            var share = started >= begin && row.FinishNanoseconds <= end ? 1 : Math.Max(0, within) / (double)(row.FinishNanoseconds - started);
            requests += share;
            if (good.Meets(row)) goodOnes += share;
            inputTokens += share * row.PromptTokens;
            outputTokens += share * row.AllOutputTokens;
        }

        return (requests, goodOnes, inputTokens, outputTokens);
    }

    private static RequestCounts Counts(ReadOnlySpan<RequestRow> rows)
    {
        long completed = 0, rejected = 0, unfinished = 0;
        foreach (var row in rows)
        {
            if (row.Status == RequestStatus.Finished) completed++;
            else if (row.Status == RequestStatus.Rejected) rejected++;
            else unfinished++;
        }

        return new RequestCounts(completed, rejected, unfinished);
    }

    private static long AllOutputTokens(ReadOnlySpan<RequestRow> rows)
    {
        long sum = 0;
        foreach (var row in rows)
            if (row.Status == RequestStatus.Finished) sum += row.AllOutputTokens;
        return sum;
    }

    private static Distribution Gaps(TokenGaps gaps) => gaps.Count == 0 ? Distribution.Empty : new Distribution(
        gaps.MeanNanoseconds / 1e9, gaps.Quantile(0.5) / 1e9, gaps.Quantile(0.9) / 1e9, gaps.Quantile(0.95) / 1e9, gaps.Quantile(0.99) / 1e9,
        gaps.MaxNanoseconds / 1e9);

    private static KvCacheFigures KvCache(IReadOnlyList<ReplicaTotals> totals)
    {
        var blocks = totals.Sum(t => t.KvBlocks);
        var busy = totals.Sum(t => (double)t.BusyNanoseconds * t.KvBlocks);
        var queried = totals.Sum(t => t.PrefixQueryTokens);
        return new KvCacheFigures(
            blocks,
            totals[0].BlockTokens,
            totals.Max(t => t.KvBlocks > 0 ? (double)t.PeakKvBlocks / t.KvBlocks : 0),
            busy > 0 ? totals.Sum(t => t.KvBlockNanoseconds) / busy : 0,
            totals.Sum(t => t.Preemptions),
            totals.Sum(t => t.SwappedOut),
            totals.Sum(t => t.RecomputedTokens),
            totals.Sum(t => t.PrefixHitTokens),
            queried > 0 ? (double)totals.Sum(t => t.PrefixHitTokens) / queried : 0);
    }

    private static KvLinkFigures? KvLink(RunFacts facts)
    {
        var transfers = facts.Totals.Sum(t => t.Transfers);
        if (transfers == 0) return null;
        double Mean(Func<ReplicaTotals, long> of) => facts.Totals.Sum(t => (double)of(t)) / 1e9 / transfers;
        return new KvLinkFigures(
            transfers, Mean(t => t.TransferNanoseconds), Mean(t => t.TransferWaitNanoseconds), Mean(t => t.TransferRoomNanoseconds),
            facts.SimulatedNanoseconds > 0 ? facts.Totals.Max(t => t.TransferNanoseconds) / (double)facts.SimulatedNanoseconds : 0);
    }

    private static UtilizationFigures Utilization(RunFacts facts)
    {
        var seconds = facts.SimulatedNanoseconds / 1e9;
        var busy = facts.Totals.Sum(t => (double)t.BusyNanoseconds) / 1e9;
        return new UtilizationFigures(
            seconds > 0 ? facts.Flops / (facts.PeakFlopsPerSecond * seconds) : 0,
            seconds > 0 ? facts.Bytes / (facts.PeakBytesPerSecond * seconds) : 0,
            seconds > 0 ? busy / (seconds * facts.Totals.Count) : 0,
            busy > 0 ? facts.Totals.Sum(t => (double)t.HostNanoseconds) / 1e9 / busy : 0,
            busy > 0 ? facts.Totals.Sum(t => (double)t.SwapNanoseconds) / 1e9 / busy : 0,
            Bubble(facts.Totals));
    }

    /// <summary>Share of the busy time that pipeline stages stand idle, over the replicas that have stages.</summary>
    private static double Bubble(IReadOnlyList<ReplicaTotals> totals)
    {
        var pipelines = totals.Where(t => t.Stages > 1).ToList();
        var there = pipelines.Sum(t => t.Stages * (double)t.BusyNanoseconds);
        return there > 0 ? 1 - pipelines.Sum(t => (double)t.StageNanoseconds) / there : double.NaN;
    }

    private static EconomyFigures Economy(RunFacts facts, long allOutputTokens, double outputTokens, double measuredSeconds)
    {
        if (outputTokens == 0) return new EconomyFigures();
        var seconds = facts.SimulatedNanoseconds / 1e9;
        var busy = facts.Totals.Sum(t => (double)t.BusyNanoseconds) / 1e9 / facts.Totals.Count;
        var energy = facts.PowerWatts * (busy + IdlePowerShare * Math.Max(0, seconds - busy));
        return new EconomyFigures
        {
            EnergyJoules = energy,
            JoulesPerOutputToken = energy / allOutputTokens,
            UsdPerMillionOutputTokens = facts.UsdPerHour / 3600 * measuredSeconds / outputTokens * 1e6,
        };
    }

    private static List<SloResult> Judge(SloSection? slo, Summary summary, Values ttft, Values tpot, Values e2e, TokenGaps gaps)
    {
        var results = new List<SloResult>();
        if (slo is null) return results;
        void Bound(string metric, BoundSection? bound, Func<double, double> at)
        {
            if (bound is null) return;
            var measured = at(bound.P);
            // Where every output is a single token there are no gaps that could be too long.
            var undefined = double.IsNaN(measured) && metric is ("tpot" or "itl") && e2e.Count > 0 && tpot.Count == 0;
            results.Add(new SloResult(metric, bound.P, bound.Seconds!.Value, measured, undefined || measured <= bound.Seconds.Value));
        }

        Bound("ttft", slo.Ttft, ttft.At);
        Bound("tpot", slo.Tpot, tpot.At);
        Bound("itl", slo.Itl, p => gaps.Count > 0 ? gaps.Quantile(p) / 1e9 : double.NaN);
        Bound("e2e", slo.E2e, e2e.At);
        results.Add(new SloResult("goodput", double.NaN, slo.Goodput, summary.GoodputShare, summary.GoodputShare >= slo.Goodput));
        return results;
    }

    /// <summary>A growing set of values, sorted when its distribution is asked for.</summary>
    private sealed class Values(int most)
    {
        private readonly double[] _values = new double[most];

        public int Count { get; private set; }

        public void Add(double value) => _values[Count++] = value;

        public Distribution Distribution() => Metrics.Distribution.Of(_values.AsSpan(0, Count));

        public double At(double share) => Count == 0 ? double.NaN : Metrics.Distribution.Percentile(_values.AsSpan(0, Count), share);
    }
}
