using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Arrivals;

/// <summary>
/// Gamma-distributed gaps: burstier than Poisson for a coefficient of variation above 1, smoother below. A gamma variable of shape 1/CV² has
/// this CV.
/// </summary>
public sealed class GammaArrivals : IArrivalProcess
{
    private readonly double _shape;
    private readonly double _scale;
    private readonly RandomStream _chance;
    private double _now;

    /// <summary>A process.</summary>
    /// <param name="ratePerSecond">Mean requests per second, above 0.</param>
    /// <param name="cv">Standard deviation of the gaps over their mean, above 0.</param>
    /// <param name="chance">Where gaps come from.</param>
    public GammaArrivals(double ratePerSecond, double cv, RandomStream chance)
    {
        _shape = 1 / (cv * cv);
        _scale = 1 / (ratePerSecond * _shape);
        _chance = chance;
    }

    /// <inheritdoc/>
    public Arrival Next() => new(_now += _scale * _chance.NextGamma(_shape));
}
