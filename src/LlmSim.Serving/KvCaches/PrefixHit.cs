namespace LlmSim.Serving.KvCaches;

/// <summary>Leading blocks of a sequence that a prefix cache still holds.</summary>
/// <param name="Named">Units found by their key.</param>
/// <param name="Blocks">KV blocks of all that was found.</param>
/// <param name="Own">Of those, blocks that the sequence itself left behind when it was preempted.</param>
/// <param name="Unreferenced">Blocks that nobody uses, so that they stand in the free list.</param>
internal readonly record struct PrefixHit(int Named, long Blocks, long Own, long Unreferenced);
