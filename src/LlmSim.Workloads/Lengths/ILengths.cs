namespace LlmSim.Workloads.Lengths;

/// <summary>
/// Draws prompt and output lengths. To add a kind: a file beside this one, and its kind in the scenario's <c>workload.lengths</c>.
/// </summary>
public interface ILengths
{
    /// <summary>The next request's lengths, both at least 1.</summary>
    /// <param name="client">Client that sends it, from 0; most kinds do not care.</param>
    /// <param name="promptTokens">Prompt tokens.</param>
    /// <param name="outputTokens">Output tokens.</param>
    void Next(int client, out int promptTokens, out int outputTokens);
}
