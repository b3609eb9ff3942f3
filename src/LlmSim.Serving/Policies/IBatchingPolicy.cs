using LlmSim.Serving.Engines;

namespace LlmSim.Serving.Policies;

/// <summary>
/// Decides who is in the next iteration. To add a policy: one file beside this one with the class and its
/// <see cref="PolicyDescription"/>, and a line in <see cref="BatchingPolicies"/>.
/// </summary>
internal interface IBatchingPolicy
{
    /// <summary>Whether KV blocks are taken as contexts grow; false where the whole length is reserved on admission.</summary>
    bool Paged { get; }

    /// <summary>Whether running sequences stand in the order of their arrival rather than of their admission; the last gives way first.</summary>
    bool RunsByArrival => false;

    /// <summary>Whether a replica can hold this request when it runs alone; others are rejected on arrival rather than looped on.</summary>
    bool CanEverHold(Engine engine, Sequence sequence);

    /// <summary>Fills <see cref="Engine.Batch"/>; an empty batch leaves the engine idle until something arrives.</summary>
    void Schedule(Engine engine);

    /// <summary>Leading tokens of a preempted sequence that stay in the prefix cache for when it comes back.</summary>
    int KeptTokens(Sequence victim, int scheduledTokens) => victim.Computed + scheduledTokens;

    /// <summary>A prompt is complete and its first token produced, with more to come.</summary>
    void PromptCompleted(Engine engine, Sequence sequence) => engine.Decode(sequence);

    /// <summary>A sequence has all its tokens; it is out of the decode set already.</summary>
    void Finished(Engine engine, Sequence sequence) => engine.Leave(sequence);
}
