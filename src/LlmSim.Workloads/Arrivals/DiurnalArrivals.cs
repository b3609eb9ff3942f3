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
    // So many candidates in a row are turned down only in a trough that is long against the gaps.
    private const int MostCandidates = 4096;

    private readonly double _highest = meanRatePerSecond * (1 + swing);
    private double _now;

    /// <inheritdoc/>
    public Arrival Next()
    {
        for (var i = 0; i < MostCandidates; i++)
        {
            _now += chance.NextExponential(_highest);
            var rate = meanRatePerSecond * (1 + swing * Math.Cos(2 * Math.PI * (_now - peakSeconds) / periodSeconds));
            if (chance.NextDouble() * _highest < rate) return new Arrival(_now);
        }

        // The process forgets: from here on, the next arrival comes when the expected arrivals reach an exponential variable of mean 1.
        return new Arrival(_now += GapOf(chance.NextExponential(1)));
    }

    /// <summary>How long from now until that many arrivals are expected, by bisection; infinite beyond the last arrival there may be.</summary>
    private double GapOf(double expected)
    {
        double low = 0, high = 1 / _highest;
        while (Expected(high) < expected)
        {
            if (high > Arrival.LastSeconds) return double.PositiveInfinity;
            low = high;
            high *= 2;
        }

        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (Expected(middle) < expected) low = middle;
            else high = middle;
        }

        return high;
    }

    /// <summary>The rate, integrated over so many seconds from now; sin a − sin b written as a product, which keeps its digits over short gaps.</summary>
    private double Expected(double seconds) => meanRatePerSecond * (seconds + swing * periodSeconds / Math.PI
        * Math.Cos(2 * Math.PI * (_now + seconds / 2 - peakSeconds) / periodSeconds) * Math.Sin(Math.PI * seconds / periodSeconds));
}
