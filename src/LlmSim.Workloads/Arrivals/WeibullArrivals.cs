using LlmSim.Kernel.Chance;
using MathNet.Numerics;

namespace LlmSim.Workloads.Arrivals;

/// <summary>Weibull-distributed gaps, the family that ServeGen found to fit some production clients better than gamma.</summary>
public sealed class WeibullArrivals : IArrivalProcess
{
    private readonly double _inverseShape;
    private readonly double _scale;
    private readonly RandomStream _chance;
    private double _now;

    /// <summary>A process.</summary>
    /// <param name="ratePerSecond">Mean requests per second, above 0.</param>
    /// <param name="cv">Standard deviation of the gaps over their mean, from 0.05 to 100.</param>
    /// <param name="chance">Where gaps come from.</param>
    public WeibullArrivals(double ratePerSecond, double cv, RandomStream chance)
    {
        var shape = ShapeOf(cv);
        _inverseShape = 1 / shape;
        // Mean of a Weibull variable: scale · Γ(1 + 1/shape).
        _scale = 1 / (ratePerSecond * Math.Exp(SpecialFunctions.GammaLn(1 + _inverseShape)));
        _chance = chance;
    }

    /// <inheritdoc/>
    public Arrival Next() => new(_now += _scale * Math.Pow(-Math.Log(_chance.NextOpenDouble()), _inverseShape));

    /// <summary>The shape k whose coefficient of variation is this: CV² = Γ(1 + 2/k) / Γ(1 + 1/k)² − 1, which falls as k grows.</summary>
    internal static double ShapeOf(double cv)
    {
        double low = 0.05, high = 50;
        for (var i = 0; i < 80; i++)
        {
            var shape = Math.Sqrt(low * high);
            var square = Math.Exp(SpecialFunctions.GammaLn(1 + 2 / shape) - 2 * SpecialFunctions.GammaLn(1 + 1 / shape)) - 1;
            if (square > cv * cv) low = shape;
            else high = shape;
        }

        return Math.Sqrt(low * high);
    }
}
