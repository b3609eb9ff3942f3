using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Sources;

/// <summary>A pause between requests: gamma distributed, so that one figure goes from constant (CV 0) over exponential (1) to bursty.</summary>
/// <param name="meanSeconds">Mean, at least 0.</param>
/// <param name="cv">Standard deviation over mean, at least 0.</param>
/// <param name="chance">Where pauses come from.</param>
public sealed class Pause(double meanSeconds, double cv, RandomStream chance)
{
    /// <summary>The next pause in seconds.</summary>
    public double Next()
    {
        if (cv == 0 || meanSeconds == 0) return meanSeconds;
        var shape = 1 / (cv * cv);
        return meanSeconds * chance.NextGamma(shape) / shape;
    }
}
