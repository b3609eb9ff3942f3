using LlmSim.Graphs.Batches;

namespace LlmSim.Graphs.Operators;

/// <summary>A number of elements that is linear in the batch.</summary>
/// <param name="PerToken">For each new token.</param>
/// <param name="PerSampled">For each sampled position.</param>
/// <param name="PerPair">For each query-key pair of a dense score matrix.</param>
/// <param name="PerSequence">For each sequence.</param>
/// <param name="PerContextToken">For each token in the KV cache after this pass.</param>
/// <param name="Constant">Whatever the batch.</param>
public readonly record struct Extent(
    double PerToken = 0, double PerSampled = 0, double PerPair = 0, double PerSequence = 0, double PerContextToken = 0, double Constant = 0)
{
    /// <summary>Elements for a batch; never below 0, though single shares may be (a graph that drops the first tokens of each sequence).</summary>
    public double Elements(in BatchShape batch) => Math.Max(0,
        PerToken * batch.Tokens + PerSampled * batch.SampledPositions + PerPair * batch.DensePairs + PerSequence * batch.Sequences
        + PerContextToken * batch.ContextTokens + Constant);

    /// <summary>What the number follows.</summary>
    public BatchDependence Dependence =>
        PerPair != 0 || PerSequence != 0 || PerContextToken != 0 ? BatchDependence.Sequences
        : (PerToken != 0 ? BatchDependence.Tokens : 0) | (PerSampled != 0 ? BatchDependence.SampledPositions : 0);

    /// <summary>The sum.</summary>
    public static Extent operator +(Extent a, Extent b) => new(
        a.PerToken + b.PerToken, a.PerSampled + b.PerSampled, a.PerPair + b.PerPair, a.PerSequence + b.PerSequence,
        a.PerContextToken + b.PerContextToken, a.Constant + b.Constant);

    /// <inheritdoc cref="op_Addition"/>
    public static Extent Add(Extent left, Extent right) => left + right;

    /// <summary>An activation of this size.</summary>
    public ActivationValue Named(string name) => new(name, PerToken, PerSampled, PerPair, PerSequence, Constant, PerContextToken);
}
