namespace LlmSim.Serving.KvCaches;

/// <summary>
/// How many KV blocks an engine finds room for, computed as engines do. A count that the engine printed is worth more: near saturation a
/// guess that is off by 20 % changes latencies many times over.
/// </summary>
public static class KvCapacity
{
    /// <summary>
    /// ⌊(memory × utilization − weights − activations − reserve) / (bytes per token × block tokens)⌋, at least 0: vLLM's rule
    /// (gpu_memory_utilization, profiled peak), with the same split over the devices of a replica.
    /// </summary>
    /// <param name="memoryBytes">Memory of one device.</param>
    /// <param name="utilization">Share of it that the engine may use, above 0 and at most 1.</param>
    /// <param name="weightBytes">Weights on one device.</param>
    /// <param name="activationPeakBytes">Largest activation memory of a pass on one device.</param>
    /// <param name="reserveBytes">What else the engine keeps: captured graphs, communication buffers.</param>
    /// <param name="kvBytesPerToken">Keys and values of one token on one device, over all its layers; above 0.</param>
    /// <param name="blockTokens">Tokens of a block, at least 1.</param>
    public static long Blocks(double memoryBytes, double utilization, double weightBytes, double activationPeakBytes, double reserveBytes, double kvBytesPerToken, int blockTokens)
    {
        if (!(utilization > 0 && utilization <= 1)) throw new ArgumentOutOfRangeException(nameof(utilization), utilization, "must be above 0 and at most 1");
        if (!(kvBytesPerToken > 0)) throw new ArgumentOutOfRangeException(nameof(kvBytesPerToken), kvBytesPerToken, "must be above 0");
        ArgumentOutOfRangeException.ThrowIfLessThan(blockTokens, 1);
        var room = memoryBytes * utilization - weightBytes - activationPeakBytes - reserveBytes;
        return room <= 0 ? 0 : (long)Math.Min(1L << 50, Math.Floor(room / (kvBytesPerToken * blockTokens)));
    }
}
