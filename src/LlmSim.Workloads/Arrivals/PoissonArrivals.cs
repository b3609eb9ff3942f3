using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Arrivals;

/// <summary>Independent users: exponential gaps, coefficient of variation 1.</summary>
/// <param name="ratePerSecond">Mean requests per second, above 0.</param>
/// <param name="chance">Where gaps come from.</param>
public sealed class PoissonArrivals(double ratePerSecond, RandomStream chance) : IArrivalProcess
{
    private double _now;

    /// <inheritdoc/>
    public Arrival Next() => new(_now += chance.NextExponential(ratePerSecond));
}
