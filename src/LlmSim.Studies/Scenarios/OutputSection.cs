using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>What a run writes into its folder.</summary>
public sealed record OutputSection
{
    /// <summary>Whether requests.csv is written.</summary>
    public bool Requests { get; init; } = true;

    /// <summary>Whether iterations.csv is written.</summary>
    public bool Iterations { get; init; } = true;

    /// <summary>Whether timeline.json is written, and how much of it.</summary>
    public TimelineSection Timeline { get; init; } = new();

    /// <summary>Whether charts and the report are drawn.</summary>
    public bool Report { get; init; } = true;
}

/// <summary>How much timeline.</summary>
public sealed record TimelineSection
{
    /// <summary>Whether it is written at all.</summary>
    public bool Write { get; init; } = true;

    /// <summary>Only what happens from the first to the second of these seconds, with the operators of its iterations; everything, without operators, when empty.</summary>
    [Bounds(0, 1e9)]
    public IReadOnlyList<double> Window { get; init; } = [];

    /// <summary>Operators only of every so many-th iteration, and also outside a window; 0 for all of a window and none elsewhere.</summary>
    [Bounds(0, 1e9)]
    public int OperatorsEvery { get; init; }

    /// <summary>Size that the file stays under, in megabytes; what does not fit is left out evenly, and said.</summary>
    [Bounds(1, 10000)]
    public double MaxMegabytes { get; init; } = 50;
}
