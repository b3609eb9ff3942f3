namespace LlmSim.Studies.Metrics;

/// <summary>The figures of one run: what <c>summary.json</c> holds. Times are seconds unless the name says otherwise.</summary>
public sealed record Summary
{
    /// <summary>Requests that finished, those turned away, and those still under way at the end.</summary>
    public required RequestCounts Requests { get; init; }

    /// <summary>Time to the first token.</summary>
    public required Distribution Ttft { get; init; }

    /// <summary>Mean time of each further token: (E2E − TTFT) / (output tokens − 1).</summary>
    public required Distribution Tpot { get; init; }

    /// <summary>Gaps between consecutive tokens of a request; percentiles from a histogram within 0.2 %.</summary>
    public required Distribution Itl { get; init; }

    /// <summary>Time to the last token.</summary>
    public required Distribution E2e { get; init; }

    /// <summary>Wait for the first iteration.</summary>
    public required Distribution Queueing { get; init; }

    /// <summary>E2E over output tokens.</summary>
    public required Distribution NormalizedLatency { get; init; }

    /// <summary>Rates over the measured time.</summary>
    public required ThroughputFigures Throughput { get; init; }

    /// <summary>Requests per second that met every bound.</summary>
    public required double Goodput { get; init; }

    /// <summary>Share of the requests that met every bound; rejected and unfinished ones did not.</summary>
    public required double GoodputShare { get; init; }

    /// <summary>The SLO's bounds and how they were met; empty where the scenario has none.</summary>
    public IReadOnlyList<SloResult> Slo { get; init; } = [];

    /// <summary>Memory, tier by tier.</summary>
    public IReadOnlyList<TierMemory> Memory { get; init; } = [];

    /// <summary>The KV cache over all replicas.</summary>
    public required KvCacheFigures KvCache { get; init; }

    /// <summary>Keys and values on their way from prefill to decode replicas; null where none were sent.</summary>
    public KvLinkFigures? KvLink { get; init; }

    /// <summary>How much of the machine was used.</summary>
    public required UtilizationFigures Utilization { get; init; }

    /// <summary>Energy and cost; null members where the hardware file does not know.</summary>
    public EconomyFigures Economy { get; init; } = new();

    /// <summary>Engine iterations over all replicas.</summary>
    public required long Iterations { get; init; }

    /// <summary>Mean sequences in a batch.</summary>
    public double MeanBatch { get; init; } = double.NaN;

    /// <summary>Simulated time from its beginning to the last event.</summary>
    public required double SimulatedSeconds { get; init; }

    /// <summary>Requests that statistics leave out because they came first.</summary>
    public required long WarmUpRequests { get; init; }

    /// <summary>Whether the system could not keep up.</summary>
    public required bool Saturated { get; init; }

    /// <summary>The limit, in a sentence.</summary>
    public required string Bottleneck { get; init; }

    /// <summary>What to try next, best first.</summary>
    public IReadOnlyList<string> Advice { get; init; } = [];

    /// <summary>Where times come from.</summary>
    public required TimeModelFigures TimeModel { get; init; }

    /// <summary>What was assumed or left out, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether every bound of the SLO was met; true where there is none.</summary>
    public bool MeetsSlo => Slo.All(s => s.Met);
}

/// <summary>How requests ended.</summary>
public sealed record RequestCounts(long Completed, long Rejected, long Unfinished);

/// <summary>Rates of finished requests over the measured time, and tokens per second by user and by device.</summary>
public sealed record ThroughputFigures(
    double RequestsPerSecond, double InputTokensPerSecond, double OutputTokensPerSecond, double OutputTokensPerSecondPerUser, double OutputTokensPerSecondPerDevice);

/// <summary>One memory tier of a replica (the fullest one) at its fullest.</summary>
/// <param name="Tier">Its name in the hardware file: "hbm"; where replicas have different devices with that of the device: "hbm of l4".</param>
/// <param name="PeakBytes">Most bytes in use, all devices of the replica together.</param>
/// <param name="CapacityBytes">What there is.</param>
/// <param name="Parts">What the peak is made of: "weights", "kvCache", "activations", "reserve".</param>
public sealed record TierMemory(string Tier, double PeakBytes, double CapacityBytes, IReadOnlyList<KeyValuePair<string, double>> Parts);

/// <summary>The KV cache over all replicas.</summary>
public sealed record KvCacheFigures(
    long Blocks, int BlockTokens, double PeakUtilization, double MeanUtilization, long Preemptions, long SwappedOut, long RecomputedTokens, long PrefixHitTokens, double PrefixHitRate);

/// <summary>Keys and values on their way from prefill to decode replicas: what a request waits for between its first token and its second.</summary>
/// <param name="Transfers">Requests whose keys and values were sent.</param>
/// <param name="MeanSeconds">Mean time of a transfer.</param>
/// <param name="MeanWaitSeconds">Mean time from the end of a prompt to the beginning of its transfer: behind others on the link, or for room.</param>
/// <param name="MeanRoomSeconds">Of that, the mean time in which the link stood idle because no decode replica had room.</param>
/// <param name="Busy">Share of the time that the busiest link is sending, 0 to 1.</param>
public sealed record KvLinkFigures(long Transfers, double MeanSeconds, double MeanWaitSeconds, double MeanRoomSeconds, double Busy);

/// <summary>
/// Shares of the machine over simulated time: arithmetic peak (MFU), memory bandwidth (MBU), and time with an iteration under way; and of that time, what the host and swapping take
/// and what pipeline stages stand idle (the bubble; NaN without a pipeline).
/// </summary>
public sealed record UtilizationFigures(double Mfu, double Mbu, double Busy, double HostShare, double SwapShare, double Bubble = double.NaN);

/// <summary>Energy and cost.</summary>
public sealed record EconomyFigures
{
    /// <summary>Energy of all devices at board power while busy and a quarter of it while idle, in joules.</summary>
    public double? EnergyJoules { get; init; }

    /// <summary>Joules for each output token.</summary>
    public double? JoulesPerOutputToken { get; init; }

    /// <summary>US dollars for a million output tokens, devices paid by the hour.</summary>
    public double? UsdPerMillionOutputTokens { get; init; }
}

/// <summary>Where times come from.</summary>
/// <param name="Kind">ideal, fitted or measured.</param>
/// <param name="StatedError">The error to expect, for people.</param>
public sealed record TimeModelFigures(string Kind, string StatedError);
