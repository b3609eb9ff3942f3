using LlmSim.Graphs.Batches;

namespace LlmSim.Graphs.Operators;

/// <summary>An activation tensor that flows between operators, its size linear in the batch.</summary>
/// <param name="Name">The tensor's name in the graph, or its role.</param>
/// <param name="PerToken">Elements for each new token T.</param>
/// <param name="PerSampled">Elements for each sampled position L.</param>
/// <param name="PerPair">Elements for each query-key pair in a dense score matrix (unfused attention): heads.</param>
/// <param name="PerSequence">Elements for each sequence.</param>
/// <param name="Constant">Elements whatever the batch.</param>
/// <param name="PerContextToken">Elements for each token in the KV cache after this pass (keys and values that a graph gathers or expands).</param>
public readonly record struct ActivationValue(
    string Name, double PerToken, double PerSampled = 0, double PerPair = 0, double PerSequence = 0, double Constant = 0, double PerContextToken = 0)
{
    /// <summary>Elements for a batch, at least 0.</summary>
    public double Elements(in BatchShape batch) => Math.Max(0,
        PerToken * batch.Tokens + PerSampled * batch.SampledPositions + PerPair * batch.DensePairs + PerSequence * batch.Sequences + Constant
        + PerContextToken * batch.ContextTokens);
}
