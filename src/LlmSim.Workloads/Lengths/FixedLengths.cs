namespace LlmSim.Workloads.Lengths;

/// <summary>Every request has the same lengths.</summary>
/// <param name="prompt">Prompt tokens, at least 1.</param>
/// <param name="output">Output tokens, at least 1.</param>
public sealed class FixedLengths(int prompt, int output) : ILengths
{
    /// <inheritdoc/>
    public void Next(int client, out int promptTokens, out int outputTokens) => (promptTokens, outputTokens) = (prompt, output);
}
