namespace LlmSim.Serving.KvCaches;

/// <summary>What a full KV block holds: the chained identity of its last token's prefix block, and its place in the sequence.</summary>
/// <param name="Prefix">The request's prefix-block id that covers the block's last token; ids are chained, so it stands for all tokens before as well.</param>
/// <param name="Index">Number of the block in its sequence, from 0.</param>
internal readonly record struct BlockKey(long Prefix, int Index)
{
    /// <summary>Own mixing: the framework's combined hash differs between processes.</summary>
    public override int GetHashCode()
    {
        var mixed = (ulong)Prefix * 0x9E3779B97F4A7C15 + (uint)Index * 0xC2B2AE3D27D4EB4Ful;
        return (int)(mixed >> 32) ^ (int)mixed;
    }
}
