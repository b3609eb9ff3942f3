namespace LlmSim.Workloads.Arrivals;

/// <summary>When a request arrives, and from whom.</summary>
/// <param name="Seconds">Seconds since the simulation began; infinite when nothing arrives any more.</param>
/// <param name="Client">Number of the client, from 0; 0 where the process does not tell clients apart.</param>
public readonly record struct Arrival(double Seconds, int Client = 0)
{
    /// <summary>100 years, in seconds: later arrivals are refused, for the clock counts nanoseconds in 64 bits.</summary>
    public const double LastSeconds = 100 * 365.25 * 86400;
}
