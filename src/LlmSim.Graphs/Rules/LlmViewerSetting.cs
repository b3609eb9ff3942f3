using LlmSim.Graphs.Batches;

namespace LlmSim.Graphs.Rules;

/// <summary>One question to the survey's tool.</summary>
/// <param name="Phase">Prefill of prompts of <paramref name="SequenceLength"/>, or decode of one token over a context of that length.</param>
/// <param name="Batch">b: sequences, at least 1.</param>
/// <param name="SequenceLength">s: tokens, at least 1.</param>
/// <param name="WeightBits">Bits of one weight.</param>
/// <param name="ActivationBits">Bits of one activation.</param>
/// <param name="KvBits">Bits of one cached key or value element.</param>
/// <param name="FusedAttention">Whether attention is one fused row rather than qk_matmul, softmax, sv_matmul.</param>
public readonly record struct LlmViewerSetting(
    Phase Phase, long Batch, long SequenceLength, int WeightBits = 16, int ActivationBits = 16, int KvBits = 16, bool FusedAttention = false)
{
    internal double WeightBytes => WeightBits / 8.0;

    internal double ActivationBytes => ActivationBits / 8.0;

    internal double KvBytes => KvBits / 8.0;

    /// <summary>q: new tokens of each sequence.</summary>
    internal double Queries => Phase == Phase.Prefill ? SequenceLength : 1;
}
