using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Comparisons;

/// <summary>
/// Reads the result file of vLLM's serving benchmark (<c>vllm bench serve --save-result</c>): means, medians and percentiles in milliseconds, rates, and
/// with <c>--save-detailed</c> every request's latencies.
/// </summary>
internal static class VllmBenchmark
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It is no such result.</exception>
    public static ComparedRun Load(string name, string path, ReadOnlySpan<byte> utf8)
    {
        var errors = new InputErrors();
        var root = JsonText.Parse(path, utf8, errors);
        errors.ThrowIfAny();
        if (root!.Member("completed") is null || root.Member("mean_ttft_ms") is null)
            throw new InputException(new InputError(path, 1, "", "is not a vLLM benchmark's result: it has no \"completed\" and \"mean_ttft_ms\"", "save one with --save-result"));
        double Figure(string member) => root.Member(member) is { Kind: JsonValueKind.Number } value ? value.Number : double.NaN;
        Distribution Of(string metric) => Metrics.Distribution.Empty with
        {
            Mean = Figure($"mean_{metric}_ms") / 1e3,
            P50 = First(Figure($"median_{metric}_ms"), Figure($"p50_{metric}_ms")) / 1e3,
            P90 = Figure($"p90_{metric}_ms") / 1e3,
            P95 = Figure($"p95_{metric}_ms") / 1e3,
            P99 = Figure($"p99_{metric}_ms") / 1e3,
        };
        var duration = Figure("duration");
        var ttfts = Seconds(root, "ttfts");
        var summary = MeasuredSummary.Of([]) with
        {
            Requests = new RequestCounts((long)Figure("completed"), 0, 0),
            Ttft = ttfts.Length > 0 ? Metrics.Distribution.Of(ttfts) : Of("ttft"),
            Tpot = Of("tpot"),
            Itl = Of("itl"),
            E2e = Of("e2el"),
            Throughput = new ThroughputFigures(
                First(Figure("request_throughput"), Figure("completed") / duration), Figure("total_input_tokens") / duration,
                First(Figure("output_throughput"), Figure("total_output_tokens") / duration), double.NaN, double.NaN),
            Goodput = Figure("request_goodput"),
            GoodputShare = double.NaN,
            SimulatedSeconds = duration,
        };
        return new ComparedRun(name, true, summary, []);
    }

    private static double First(double a, double b) => double.IsNaN(a) ? b : a;

    private static double[] Seconds(JsonValue root, string member) =>
        root.Member(member) is { Kind: JsonValueKind.Array } list ? [.. list.Items.Where(i => i.Kind == JsonValueKind.Number).Select(i => i.Number)] : [];
}
