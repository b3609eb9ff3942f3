namespace LlmSim.Serving.KvCaches;

/// <summary>Leading blocks of a sequence that a prefix cache still holds.</summary>
/// <param name="Named">Blocks found by their key.</param>
/// <param name="Own">Blocks after those that the sequence itself left behind when it was preempted.</param>
/// <param name="Unreferenced">Blocks of both that nobody uses, so that they stand in the free list.</param>
internal readonly record struct PrefixHit(int Named, long Own, long Unreferenced)
{
    /// <summary>All blocks.</summary>
    public long Blocks => Named + Own;
}
