using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>What users are promised. A request is good when it meets every bound given here; without any, DistServe's default of 0.2 s TTFT and 0.1 s TPOT counts.</summary>
public sealed record SloSection
{
    /// <summary>Time to the first token.</summary>
    public BoundSection? Ttft { get; init; }

    /// <summary>Mean time of each further token of a request.</summary>
    public BoundSection? Tpot { get; init; }

    /// <summary>Gaps between tokens; a percentile over all gaps, not part of what makes a request good.</summary>
    public BoundSection? Itl { get; init; }

    /// <summary>Time to the last token.</summary>
    public BoundSection? E2e { get; init; }

    /// <summary>Share of the requests that must be good.</summary>
    [Bounds(0, 1)]
    public double Goodput { get; init; } = 0.9;
}

/// <summary>A bound on a percentile.</summary>
public sealed record BoundSection
{
    /// <summary>The percentile, as a share: 0.99.</summary>
    [Bounds(0, 1)]
    public double P { get; init; } = 0.99;

    /// <summary>What it may be at most, in seconds.</summary>
    [Needed]
    [Bounds(1e-9, 1e9)]
    public double? Seconds { get; init; }
}
