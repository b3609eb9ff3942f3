using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Lengths;

/// <summary>Independent lengths, each equally likely between bounds, both included.</summary>
/// <param name="prompt">Bounds of the prompt tokens, at least 1.</param>
/// <param name="output">Bounds of the output tokens, at least 1.</param>
/// <param name="chance">Where lengths come from.</param>
public sealed class UniformLengths((int Min, int Max) prompt, (int Min, int Max) output, RandomStream chance) : ILengths
{
    /// <inheritdoc/>
    public void Next(int client, out int promptTokens, out int outputTokens)
    {
        promptTokens = prompt.Min + chance.NextInt(prompt.Max - prompt.Min + 1);
        outputTokens = output.Min + chance.NextInt(output.Max - output.Min + 1);
    }
}
