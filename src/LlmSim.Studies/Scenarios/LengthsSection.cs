using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>How long prompts and outputs are.</summary>
public sealed record LengthsSection
{
    /// <summary>A distribution, a file's rows at random, the clients' own, or the published statistics of a real trace by its name.</summary>
    [Needed]
    [OneOf("@lengths")]
    public string? Kind { get; init; }

    /// <summary>Prompt tokens (with sessions: new ones of each request).</summary>
    [Needed]
    [ForKinds("fixed", "uniform", "log-normal")]
    public LengthSection? Prompt { get; init; }

    /// <summary>Output tokens.</summary>
    [Needed]
    [ForKinds("fixed", "uniform", "log-normal")]
    public LengthSection? Output { get; init; }

    /// <summary>Correlation of the logarithms of prompt and output.</summary>
    [ForKinds("log-normal")]
    [Bounds(-1, 1)]
    public double Correlation { get; init; }

    /// <summary>A trace of any known format.</summary>
    [Needed]
    [ForKinds("file")]
    [FilePath]
    public string? Path { get; init; }
}

/// <summary>A length, or a distribution of lengths. A bare number is a fixed length.</summary>
[Shorthand("tokens")]
public sealed record LengthSection
{
    /// <summary>The length, for kind fixed.</summary>
    [Bounds(1, 16777216)]
    public int? Tokens { get; init; }

    /// <summary>Shortest, for kind uniform.</summary>
    [Bounds(1, 16777216)]
    public int Min { get; init; } = 1;

    /// <summary>Longest, for kinds uniform and log-normal.</summary>
    [Bounds(1, 16777216)]
    public int? Max { get; init; }

    /// <summary>Mean, for kind log-normal.</summary>
    [Bounds(1, 16777216)]
    public double? Mean { get; init; }

    /// <summary>Standard deviation over mean, for kind log-normal.</summary>
    [Bounds(0, 100)]
    public double Cv { get; init; } = 1;
}

/// <summary>Beginnings that many prompts share, put before the prompt drawn.</summary>
public sealed record PrefixesSection
{
    /// <summary>Different prefixes.</summary>
    [Bounds(1, 1e6)]
    public int Groups { get; init; } = 1;

    /// <summary>Tokens of each.</summary>
    [Needed]
    [Bounds(1, 1e6)]
    public int? Tokens { get; init; }

    /// <summary>Share of the requests (or sessions) that begin with one.</summary>
    [Bounds(0, 1)]
    public double Share { get; init; } = 1;

    /// <summary>Zipf exponent of their popularity; 0 for equal.</summary>
    [Bounds(0, 10)]
    public double Skew { get; init; }
}
