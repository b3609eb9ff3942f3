using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Lengths;

/// <summary>A log-normal distribution of lengths, rounded, and held within bounds.</summary>
/// <param name="Mean">Mean before rounding and bounds, at least 1.</param>
/// <param name="Cv">Standard deviation over mean, at least 0.</param>
/// <param name="Max">Largest length, at least 1.</param>
public readonly record struct LogNormalLength(double Mean, double Cv, int Max)
{
    /// <summary>
    /// The length at a standard normal value. With σ² = ln(1 + CV²) and µ = ln mean − σ²/2 the distribution has this mean and CV.
    /// </summary>
    internal int At(double normal)
    {
        var variance = Math.Log(1 + Cv * Cv);
        var length = Math.Exp(Math.Log(Mean) - variance / 2 + Math.Sqrt(variance) * normal);
        return (int)Math.Clamp(Math.Round(length), 1, Max);
    }
}

/// <summary>Log-normal lengths; prompt and output may be correlated.</summary>
/// <param name="prompt">Distribution of the prompt tokens.</param>
/// <param name="output">Distribution of the output tokens.</param>
/// <param name="correlation">Correlation of their logarithms, from −1 to 1.</param>
/// <param name="chance">Where lengths come from.</param>
public sealed class LogNormalLengths(LogNormalLength prompt, LogNormalLength output, double correlation, RandomStream chance) : ILengths
{
    /// <inheritdoc/>
    public void Next(int client, out int promptTokens, out int outputTokens)
    {
        var first = chance.NextNormal();
        var second = chance.NextNormal();
        promptTokens = prompt.At(first);
        outputTokens = output.At(correlation * first + Math.Sqrt(1 - correlation * correlation) * second);
    }
}
