namespace LlmSim.Workloads.Arrivals;

/// <summary>One request every 1/rate seconds, the first at 0. Counted, not summed, so that a long run does not drift.</summary>
/// <param name="ratePerSecond">Requests per second, above 0; infinite for all at once (offline throughput).</param>
public sealed class ConstantArrivals(double ratePerSecond) : IArrivalProcess
{
    private long _count;

    /// <inheritdoc/>
    public Arrival Next() => new(_count++ / ratePerSecond);
}
