namespace LlmSim.Workloads.Arrivals;

/// <summary>How one client of a multi-client load behaves.</summary>
public sealed record ClientBehaviour
{
    /// <summary>Share of all requests, above 0; shares are scaled to sum to 1.</summary>
    public required double Share { get; init; }

    /// <summary>Coefficient of variation of the gaps within a window, above 0.</summary>
    public required double Cv { get; init; }

    /// <summary>Coefficient of variation of the client's rate from window to window, at least 0.</summary>
    public double RateCv { get; init; }

    /// <summary>Whether gaps are Weibull rather than gamma distributed.</summary>
    public bool Weibull { get; init; }
}
