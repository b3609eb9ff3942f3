using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;

namespace LlmSim.Serving.Tests;

/// <summary>A step cost that depends on every sum, in whole nanoseconds, so that a wrong sum cannot hide.</summary>
internal sealed class LinearCost(long constant = 1_000_000, long perToken = 1_000, long perContextToken = 3, BatchNeeds? needs = null) : IStepCost
{
    public BatchNeeds Needs { get; } = needs ?? new BatchNeeds { Windows = [50, 200], PastRounding = 8, MinContext = true };

    public long Nanoseconds(in BatchShape b) => b.Tokens == 0
        ? 0
        : constant + perToken * b.Tokens + perContextToken * b.ContextTokens + 7 * b.Pairs + 11 * b.SampledPositions + 13 * b.Prefill.ChunkSquares
            + 17 * b.Prefill.RoundedPastTokens + 19 * b.Decode.RoundedPastTokens + 23 * b.Prefill.MaxContext + 29 * b.Decode.MaxContext
            + 31 * b.Decode.Window0.ContextTokens + 37 * b.Decode.Window1.Pairs + 41 * b.Prefill.Window0.Pairs + 43 * b.Prefill.Window1.ContextTokens
            + 47 * b.Decode.Sequences + 53 * b.Prefill.Sequences + 59 * b.Decode.MinContext;
}
