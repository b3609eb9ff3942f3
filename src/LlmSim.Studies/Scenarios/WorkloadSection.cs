using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>The load: a recorded trace, or arrivals and lengths.</summary>
public sealed record WorkloadSection
{
    /// <summary>When requests arrive. Beside a trace: instead of its times.</summary>
    public ArrivalsSection? Arrivals { get; init; }

    /// <summary>How long requests are; may be left out beside a trace, and with clients, who have their own.</summary>
    public LengthsSection? Lengths { get; init; }

    /// <summary>What prompts have in common; null for nothing.</summary>
    public PrefixesSection? Prefixes { get; init; }

    /// <summary>Several outputs of each prompt (parallel sampling, best-of n), which share its KV blocks; null for one.</summary>
    public SamplingSection? Sampling { get; init; }

    /// <summary>A recorded trace, plain or .gz.</summary>
    [FilePath]
    public string? Trace { get; init; }

    /// <summary>Format of the trace; recognised from its first line when not given.</summary>
    [OneOf("@traces")]
    public string? Format { get; init; }

    /// <summary>Factor on the trace's times: 0.5 doubles the load.</summary>
    [Bounds(1e-6, 1e6)]
    public double TimeScale { get; init; } = 1;

    /// <summary>Tokens that one hash of the trace stands for; the format's own when not given.</summary>
    [Bounds(1, 65536)]
    public int? HashBlockTokens { get; init; }

    /// <summary>Whether bad rows of the trace are left out and counted instead of refused.</summary>
    public bool SkipBadRows { get; init; }

    /// <summary>Requests in total; by default 1,000, and all of a trace.</summary>
    [Bounds(1, 1e12)]
    public long? Requests { get; init; }

    /// <summary>Requests longer than the model's context: "reject" them and count, "truncate" them, or "ignore-limit".</summary>
    [OneOf("reject", "truncate", "ignore-limit")]
    public string Overlong { get; init; } = "reject";

    /// <summary>Seed of all chance: arrivals, lengths, routing.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>Several outputs of one prompt.</summary>
public sealed record SamplingSection
{
    /// <summary>Outputs of each prompt: n, or best-of.</summary>
    [Needed]
    [Bounds(1, 1024)]
    public int? Outputs { get; init; }

    /// <summary>Share of the requests that ask for several.</summary>
    [Bounds(0, 1)]
    public double Share { get; init; } = 1;

    /// <summary>Standard deviation over mean of the outputs' lengths around the length drawn or recorded; 0 for equal lengths.</summary>
    [Bounds(0, 10)]
    public double Cv { get; init; }
}
