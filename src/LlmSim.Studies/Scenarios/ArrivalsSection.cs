using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>When requests arrive.</summary>
public sealed record ArrivalsSection
{
    /// <summary>The process.</summary>
    [Needed]
    [OneOf("all-at-once", "constant", "poisson", "gamma", "weibull", "markov", "diurnal", "clients", "closed-loop", "sessions")]
    public string? Kind { get; init; }

    /// <summary>Mean requests per second over all replicas; with sessions: sessions per second.</summary>
    [Needed]
    [ForKinds("constant", "poisson", "gamma", "weibull", "diurnal", "clients", "sessions")]
    [Bounds(1e-9, 1e9)]
    public double? Rate { get; init; }

    /// <summary>Standard deviation over mean of the gaps between requests: 1 is Poisson, more is burstier. With sessions: of the gaps between them.</summary>
    [ForKinds("gamma", "weibull", "sessions")]
    [Bounds(0.05, 100)]
    public double Cv { get; init; } = 1;

    /// <summary>Spells of the hidden state, one after another.</summary>
    [Needed]
    [ForKinds("markov")]
    public IReadOnlyList<LoadStateSection> States { get; init; } = [];

    /// <summary>How far the rate swings around its mean, as a share of it.</summary>
    [ForKinds("diurnal")]
    [Bounds(0, 1)]
    public double Swing { get; init; } = 0.5;

    /// <summary>Length of a day, in seconds.</summary>
    [ForKinds("diurnal")]
    [Bounds(1e-3, 1e9)]
    public double PeriodSeconds { get; init; } = 86400;

    /// <summary>When in the day the rate is highest, in seconds.</summary>
    [ForKinds("diurnal")]
    [Bounds(0, 1e9)]
    public double PeakSeconds { get; init; }

    /// <summary>The production service whose clients send.</summary>
    [Needed]
    [ForKinds("clients")]
    [OneOf("@profiles")]
    public string? Profile { get; init; }

    /// <summary>Whether the clients' rates change every ten minutes, as recorded; the mean rate is then met only over hours.</summary>
    [ForKinds("clients")]
    public bool Drift { get; init; }

    /// <summary>Users who each have one request under way at most.</summary>
    [Needed]
    [ForKinds("closed-loop")]
    [Bounds(1, 1e7)]
    public int? Users { get; init; }

    /// <summary>Time over which the users begin, in seconds.</summary>
    [ForKinds("closed-loop")]
    [Bounds(0, 1e9)]
    public double RampSeconds { get; init; }

    /// <summary>Mean pause of a person between the end of a request and the next, in seconds.</summary>
    [ForKinds("closed-loop", "sessions")]
    [Bounds(0, 1e9)]
    public double ThinkSeconds { get; init; }

    /// <summary>Standard deviation over mean of that pause.</summary>
    [ForKinds("closed-loop", "sessions")]
    [Bounds(0, 100)]
    public double ThinkCv { get; init; } = 1;

    /// <summary>Mean requests of a session; the number is geometric.</summary>
    [ForKinds("sessions")]
    [Bounds(1, 1e6)]
    public double Turns { get; init; } = 4;

    /// <summary>Share of the follow-up requests that come after a tool call instead of a person's thought.</summary>
    [ForKinds("sessions")]
    [Bounds(0, 1)]
    public double ToolShare { get; init; }

    /// <summary>Mean time of a tool call, in seconds.</summary>
    [ForKinds("sessions")]
    [Bounds(0, 1e9)]
    public double ToolSeconds { get; init; } = 1;

    /// <summary>Standard deviation over mean of that time.</summary>
    [ForKinds("sessions")]
    [Bounds(0, 100)]
    public double ToolCv { get; init; } = 1;
}

/// <summary>One spell of a Markov-modulated load.</summary>
public sealed record LoadStateSection
{
    /// <summary>Requests per second while it lasts.</summary>
    [Needed]
    [Bounds(0, 1e9)]
    public double? Rate { get; init; }

    /// <summary>How long it lasts on average, in seconds.</summary>
    [Needed]
    [Bounds(1e-6, 1e9)]
    public double? Seconds { get; init; }
}
