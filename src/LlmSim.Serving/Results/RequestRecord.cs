using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Results;

/// <summary>What became of one request. Moments are nanoseconds of simulated time; −1 for one that never came.</summary>
/// <param name="Request">The request as it arrived.</param>
/// <param name="Replica">Replica that served it (the decoding one where prefill and decode are apart).</param>
/// <param name="Status">How it ended.</param>
/// <param name="FirstScheduledNanoseconds">Start of the first iteration that worked on it.</param>
/// <param name="FirstTokenNanoseconds">End of the iteration that completed its prompt: its first output token.</param>
/// <param name="FinishNanoseconds">End of the iteration that produced its last token; the moment of rejection for a rejected one.</param>
/// <param name="Preemptions">Times it lost its KV cache, or was swapped out, while running.</param>
/// <param name="CachedTokens">Prompt tokens that the prefix cache spared when it was first admitted.</param>
/// <param name="RecomputedTokens">Tokens that were prefilled again after preemptions.</param>
public readonly record struct RequestRecord(
    Request Request,
    int Replica,
    RequestStatus Status,
    long FirstScheduledNanoseconds,
    long FirstTokenNanoseconds,
    long FinishNanoseconds,
    int Preemptions,
    int CachedTokens,
    long RecomputedTokens);
