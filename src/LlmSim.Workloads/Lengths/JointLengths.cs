using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Lengths;

/// <summary>
/// The published lengths of a trace: the quantiles of the prompt, and those of the output for each of several groups of requests with shorter
/// to longer prompts, so that what the trace tells about prompt and output together is kept.
/// </summary>
/// <param name="Prompt">Prompt tokens.</param>
/// <param name="OutputByPrompt">Output tokens for each of n equally large groups, ordered by prompt length.</param>
public sealed record LengthStatistics(Quantiles Prompt, IReadOnlyList<Quantiles> OutputByPrompt)
{
    /// <summary>Mean prompt tokens.</summary>
    public double MeanPrompt => Prompt.Mean;

    /// <summary>Mean output tokens.</summary>
    public double MeanOutput => OutputByPrompt.Average(q => q.Mean);
}

/// <summary>Draws from <see cref="LengthStatistics"/>.</summary>
/// <param name="statistics">The trace.</param>
/// <param name="chance">Where lengths come from.</param>
public sealed class JointLengths(LengthStatistics statistics, RandomStream chance) : ILengths
{
    /// <inheritdoc/>
    public void Next(int client, out int promptTokens, out int outputTokens)
    {
        var level = chance.NextDouble();
        promptTokens = statistics.Prompt.At(level);
        var groups = statistics.OutputByPrompt;
        outputTokens = groups[(int)(level * groups.Count)].At(chance.NextDouble());
    }
}
