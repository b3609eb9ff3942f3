using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs.Files;

/// <summary>
/// Writes <c>timeline.json</c>, which Perfetto and chrome://tracing open: each replica is a process with its iterations, its counters (running,
/// waiting, KV cache) and its requests from arrival to last token. Stays under a budget; what is left out is said in the file.
/// </summary>
public static class TimelineJson
{
    // Measured sizes of one entry, in bytes, rounded up: what the budget is divided by before anything is written.
    private const int BytesOfSpan = 480;
    private const int BytesOfRequest = 800;

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="rows">Requests in order of arrival.</param>
    /// <param name="spans">Iterations of each replica.</param>
    /// <param name="kvBlocks">KV blocks of each replica.</param>
    /// <param name="settings">How much.</param>
    /// <param name="plans">What replicas execute; needed where there are batches.</param>
    /// <param name="batches">Batches whose operators are shown, in up to two fifths of the file; null for none.</param>
    public static void Write(
        string path, ReadOnlySpan<RequestRow> rows, IReadOnlyList<IterationSpans> spans, IReadOnlyList<long> kvBlocks, TimelineSection settings,
        IReadOnlyList<ReplicaPlan>? plans = null, BatchChoice? batches = null)
    {
        var (from, to) = settings.Window.Count == 2 ? ((long)(settings.Window[0] * 1e9), (long)(settings.Window[1] * 1e9)) : (0, long.MaxValue);
        var forOperators = batches is { Batches.Count: > 0 } ? 0.4 * settings.MaxMegabytes * 1e6 : 0;
        var budget = settings.MaxMegabytes * 1e6 - forOperators;
        var inside = 0;
        foreach (var row in rows)
            if (Overlaps(row, from, to)) inside++;
        var spanCount = spans.Sum(s => s.All.Count(i => i.EndNanoseconds >= from && i.StartNanoseconds <= to));
        // Requests may take half of the budget, and what iterations leave.
        var forSpans = Math.Min(spanCount * (double)BytesOfSpan, budget / 2);
        var everySpan = (int)Math.Ceiling(spanCount * (double)BytesOfSpan / Math.Max(1, forSpans));
        var everyRequest = Math.Max(1, (int)Math.Ceiling(inside * (double)BytesOfRequest / (budget - forSpans)));

        using var json = new CsvBuffer(File.Create(path));
        json.Text("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"u8);
        for (var replica = 0; replica < spans.Count; replica++)
            json.Text("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":"u8).Number(replica).Text(",\"args\":{\"name\":\"replica "u8).Number(replica).Text("\"}},\n"u8);
        for (var replica = 0; replica < spans.Count; replica++) Iterations(json, spans[replica].All, kvBlocks[replica], from, to, everySpan);
        var seen = 0;
        foreach (var row in rows)
            if (Overlaps(row, from, to) && seen++ % everyRequest == 0) Request(json, row);
        var unfolded = forOperators > 0 ? TimelineOperators.Write(json, plans!, batches!.Batches, forOperators) : 0;
        var merged = spans.Max(s => s.Merged) * everySpan;
        json.Text("{\"ph\":\"i\",\"s\":\"g\",\"name\":\"end\",\"pid\":0,\"tid\":0,\"ts\":0}\n],\n\"otherData\":{\"leftOut\":\""u8)
            .Text(LeftOut(everyRequest, merged, unfolded, batches?.Chosen ?? 0, settings)).Text("\"}}\n"u8);
    }

    private static string LeftOut(int everyRequest, int merged, int unfolded, long chosen, TimelineSection settings)
    {
        var parts = new List<string>();
        if (settings.Window.Count == 2) parts.Add(FormattableString.Invariant($"everything outside {settings.Window[0]:R} to {settings.Window[1]:R} s"));
        if (everyRequest > 1) parts.Add(FormattableString.Invariant($"all but every {everyRequest}th request"));
        if (merged > 1) parts.Add(FormattableString.Invariant($"single iterations: {merged} records are one span, counters show its highest values"));
        if (unfolded < chosen) parts.Add(FormattableString.Invariant($"operators of all but the first {unfolded} of {chosen} iterations"));
        if (settings.OperatorsEvery > 1) parts.Add(FormattableString.Invariant($"operators of all but every {settings.OperatorsEvery}th iteration"));
        if (chosen == 0) parts.Add("operators (give output.timeline.window or operatorsEvery)");
        return parts.Count == 0 ? "nothing" : string.Join("; ", parts);
    }

    private static bool Overlaps(in RequestRow row, long from, long to) =>
        row.ArrivalNanoseconds <= to && (row.FinishNanoseconds < 0 || row.FinishNanoseconds >= from) && row.Replica >= 0;

    private static void Iterations(CsvBuffer json, IReadOnlyList<IterationSpan> spans, long kvBlocks, long from, long to, int every)
    {
        var drawnUntil = 0L;
        for (var i = 0; i < spans.Count; i += every)
        {
            var span = spans[i];
            for (var j = i + 1; j < Math.Min(i + every, spans.Count); j++) span = span.With(spans[j]);
            if (span.EndNanoseconds < from || span.StartNanoseconds > to) continue;
            if (span.Lane < 0)
            {
                // Merged iterations of a pipeline overlap; each begins on the track where the one before ends.
                span = span with { StartNanoseconds = Math.Clamp(drawnUntil, span.StartNanoseconds, span.EndNanoseconds) };
                drawnUntil = span.EndNanoseconds;
            }

            json.Text("{\"ph\":\"X\",\"cat\":\"iteration\",\"name\":\""u8)
                .Text(span.PrefillTokens == 0 ? "decode"u8 : span.DecodeTokens == 0 ? "prefill"u8 : "prefill+decode"u8).Text("\",\"pid\":"u8).Number(span.Replica)
                .Text(",\"tid\":"u8).Number(Track(span.Lane)).Text(",\"ts\":"u8).Microseconds(span.StartNanoseconds).Text(",\"dur\":"u8).Microseconds(span.EndNanoseconds - span.StartNanoseconds)
                .Text(",\"args\":{\"iterations\":"u8).Number(span.Iterations).Text(",\"prefill tokens\":"u8).Number(span.PrefillTokens)
                .Text(",\"decode tokens\":"u8).Number(span.DecodeTokens).Text(",\"batch\":"u8).Number(span.MaxBatch).Text("}},\n"u8);
            Counter(json, "sequences"u8, span, "running"u8, span.MaxRunning, "waiting"u8, span.MaxWaiting);
            Counter(json, "KV blocks"u8, span, "used"u8, span.MaxKvBlocks, "free"u8, Math.Max(0, kvBlocks - span.MaxKvBlocks));
            if (span.Preempted > 0)
            {
                json.Text("{\"ph\":\"i\",\"s\":\"p\",\"name\":\"preempted "u8).Number(span.Preempted).Text("\",\"pid\":"u8).Number(span.Replica)
                    .Text(",\"tid\":0,\"ts\":"u8).Microseconds(span.StartNanoseconds).Text("},\n"u8);
            }
        }
    }

    /// <summary>Requests are on track 1, so that the second batch in flight is on track 2.</summary>
    private static int Track(int lane) => lane <= 0 ? 0 : lane + 1;

    private static void Counter(
        CsvBuffer json, ReadOnlySpan<byte> name, in IterationSpan span, ReadOnlySpan<byte> first, long firstValue, ReadOnlySpan<byte> second, long secondValue) =>
        json.Text("{\"ph\":\"C\",\"name\":\""u8).Text(name).Text("\",\"pid\":"u8).Number(span.Replica).Text(",\"ts\":"u8).Microseconds(span.StartNanoseconds)
            .Text(",\"args\":{\""u8).Text(first).Text("\":"u8).Number(firstValue).Text(",\""u8).Text(second).Text("\":"u8).Number(secondValue).Text("}},\n"u8);

    /// <summary>A request as nested asynchronous spans: queued, prefill, decode.</summary>
    private static void Request(CsvBuffer json, in RequestRow row)
    {
        Phase(json, row, "request"u8, row.ArrivalNanoseconds, row.FinishNanoseconds >= 0 ? row.FinishNanoseconds : row.ArrivalNanoseconds, last: true);
        if (row.Status == RequestStatus.Rejected || row.FirstScheduledNanoseconds < 0) return;
        Phase(json, row, "queued"u8, row.ArrivalNanoseconds, row.FirstScheduledNanoseconds);
        if (row.FirstTokenNanoseconds < 0) return;
        Phase(json, row, "prefill"u8, row.FirstScheduledNanoseconds, row.FirstTokenNanoseconds);
        if (row.FinishNanoseconds > row.FirstTokenNanoseconds) Phase(json, row, "decode"u8, row.FirstTokenNanoseconds, row.FinishNanoseconds);
    }

    private static void Phase(CsvBuffer json, in RequestRow row, ReadOnlySpan<byte> name, long from, long to, bool last = false)
    {
        Edge(json, row, name, "b"u8, from);
        if (last)
        {
            json.Text(",\"args\":{\"prompt tokens\":"u8).Number(row.PromptTokens).Text(",\"output tokens\":"u8).Number(row.OutputTokens)
                .Text(",\"cached tokens\":"u8).Number(row.CachedTokens).Text(",\"preemptions\":"u8).Number(row.Preemptions).Text("}"u8);
        }

        json.Text("},\n"u8);
        Edge(json, row, name, "e"u8, to);
        json.Text("},\n"u8);
    }

    private static void Edge(CsvBuffer json, in RequestRow row, ReadOnlySpan<byte> name, ReadOnlySpan<byte> phase, long at) =>
        json.Text("{\"ph\":\""u8).Text(phase).Text("\",\"cat\":\"request\",\"name\":\""u8).Text(name).Text("\",\"id\":"u8).Number(row.Id)
            .Text(",\"pid\":"u8).Number(row.Replica).Text(",\"tid\":1,\"ts\":"u8).Microseconds(at);
}
