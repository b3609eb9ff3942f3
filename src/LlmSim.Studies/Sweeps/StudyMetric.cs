using LlmSim.Files;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Sweeps;

/// <summary>A figure of a run, by the name it has in tables and axes. To add one: a line in <see cref="All"/>.</summary>
/// <param name="Name">Its name: "ttft.p99".</param>
/// <param name="Unit">Its unit: "s"; empty for shares and counts.</param>
/// <param name="Of">Takes it from a summary.</param>
public sealed record StudyMetric(string Name, string Unit, Func<Summary, double> Of)
{
    private static readonly string[] s_costs = ["ttft.", "tpot.", "itl.", "e2e.", "queueing.", "economy.", "kvLink.", "kvCache.preemptions", "requests.rejected", "saturated"];

    private static readonly string[] s_figures = ["mean", "p50", "p90", "p99"];

    /// <summary>Whether a smaller figure is the better one.</summary>
    public bool LessIsBetter => s_costs.Any(c => Name.StartsWith(c, StringComparison.Ordinal));

    /// <summary>All metrics, in the order of the columns of a table.</summary>
    public static IReadOnlyList<StudyMetric> All { get; } =
    [
        .. Latencies("ttft", s => s.Ttft),
        .. Latencies("tpot", s => s.Tpot),
        .. Latencies("itl", s => s.Itl),
        .. Latencies("e2e", s => s.E2e),
        new("queueing.mean", "s", s => s.Queueing.Mean),
        new("throughput.requestsPerSecond", "1/s", s => s.Throughput.RequestsPerSecond),
        new("throughput.inputTokensPerSecond", "tokens/s", s => s.Throughput.InputTokensPerSecond),
        new("throughput.outputTokensPerSecond", "tokens/s", s => s.Throughput.OutputTokensPerSecond),
        new("throughput.outputTokensPerSecondPerUser", "tokens/s", s => s.Throughput.OutputTokensPerSecondPerUser),
        new("throughput.outputTokensPerSecondPerDevice", "tokens/s", s => s.Throughput.OutputTokensPerSecondPerDevice),
        new("goodput", "1/s", s => s.Goodput),
        new("goodputShare", "", s => s.GoodputShare),
        new("kvCache.peakUtilization", "", s => s.KvCache.PeakUtilization),
        new("kvCache.preemptions", "", s => s.KvCache.Preemptions),
        new("kvCache.prefixHitRate", "", s => s.KvCache.PrefixHitRate),
        new("kvLink.meanSeconds", "s", s => s.KvLink?.MeanSeconds ?? double.NaN),
        new("kvLink.meanWaitSeconds", "s", s => s.KvLink?.MeanWaitSeconds ?? double.NaN),
        new("utilization.busy", "", s => s.Utilization.Busy),
        new("utilization.mfu", "", s => s.Utilization.Mfu),
        new("utilization.mbu", "", s => s.Utilization.Mbu),
        new("meanBatch", "", s => s.MeanBatch),
        new("requests.completed", "", s => s.Requests.Completed),
        new("requests.rejected", "", s => s.Requests.Rejected),
        new("economy.joulesPerOutputToken", "J", s => s.Economy.JoulesPerOutputToken ?? double.NaN),
        new("economy.usdPerMillionOutputTokens", "USD", s => s.Economy.UsdPerMillionOutputTokens ?? double.NaN),
        new("saturated", "", s => s.Saturated ? 1 : 0),
    ];

    /// <summary>The metric of that name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static StudyMetric Named(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? throw new InputException(new InputError("--metric", 0, "", $"\"{name}\" is no metric", Remedy(name)));

    // All of them after the nearest: there is no other place on a terminal that lists them.
    private static string Remedy(string name)
    {
        List<string> known = [.. All.Select(m => m.Name)];
        var nearest = Names.Nearest(name, known);
        return $"{(nearest.Count > 0 ? $"did you mean {string.Join(", ", nearest)}? " : "")}known: {string.Join(", ", known)}";
    }

    private static IEnumerable<StudyMetric> Latencies(string name, Func<Summary, Distribution> of) =>
        s_figures.Select(figure => new StudyMetric(name + "." + figure, "s", s => of(s).Named(figure)));
}
