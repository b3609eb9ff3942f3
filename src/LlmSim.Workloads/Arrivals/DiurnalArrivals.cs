using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Arrivals;

/// <summary>
/// A Poisson process whose rate follows the time of day: rate(t) = mean · (1 + swing · cos(2π (t − peak) / period)). Drawn by thinning a process
/// of the highest rate (Lewis and Shedler, 1979).
/// </summary>
/// <param name="meanRatePerSecond">Mean requests per second over a period, above 0.</param>
/// <param name="swing">From 0 (constant) to 1 (nothing at all in the trough).</param>
/// <param name="periodSeconds">Length of a day, above 0.</param>
/// <param name="peakSeconds">When in the period the rate is highest.</param>
/// <param name="chance">Where gaps come from.</param>
public sealed class DiurnalArrivals(double meanRatePerSecond, double swing, double periodSeconds, double peakSeconds, RandomStream chance)
    : IArrivalProcess
{
    private readonly double _highest = meanRatePerSecond * (1 + swing);
    private double _now;

    /// <inheritdoc/>
    public Arrival Next()
    {
        while (true)
        {
            _now += chance.NextExponential(_highest);
            var rate = meanRatePerSecond * (1 + swing * Math.Cos(2 * Math.PI * (_now - peakSeconds) / periodSeconds));
            if (chance.NextDouble() * _highest < rate) return new Arrival(_now);
        }
    }
}
