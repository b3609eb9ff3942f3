using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Lengths;

/// <summary>Every client of a multi-client load has its own lengths; prompt and output are independent within a client.</summary>
/// <param name="clients">Prompt and output tokens of each client.</param>
/// <param name="chance">Where lengths come from.</param>
public sealed class ClientLengths(IReadOnlyList<(Quantiles Prompt, Quantiles Output)> clients, RandomStream chance) : ILengths
{
    /// <inheritdoc/>
    public void Next(int client, out int promptTokens, out int outputTokens)
    {
        var (prompt, output) = clients[client % clients.Count];
        promptTokens = prompt.At(chance.NextDouble());
        outputTokens = output.At(chance.NextDouble());
    }
}
