namespace LlmSim.Serving.Settings;

/// <summary>The link over which keys and values go from prefill to decode replicas. Each prefill replica has its own and sends one request after another.</summary>
public sealed record KvLink
{
    /// <summary>Bandwidth in bytes per second, above 0.</summary>
    public required double BytesPerSecond { get; init; }

    /// <summary>Time from the start of a transfer to its first byte, in nanoseconds, at least 0.</summary>
    public long LatencyNanoseconds { get; init; }

    /// <summary>
    /// Layers sent one by one while the prompt is still computed, so that only what is not hidden behind the prefill is left when it ends,
    /// one layer at least; 0 when the transfer begins after the prefill.
    /// </summary>
    public int OverlappedLayers { get; init; }
}
