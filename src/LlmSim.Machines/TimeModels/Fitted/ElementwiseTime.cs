namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>Fitted constants of element-wise operators; see <see cref="ElementwiseTime.Specs"/>.</summary>
public readonly record struct ElementwiseConstants(double MemoryEfficiency, double StartSeconds, double CacheSpeed, double CacheShare)
{
    /// <summary>Constants in the order of <see cref="ElementwiseTime.Specs"/>.</summary>
    public static ElementwiseConstants From(ReadOnlySpan<double> v) => new(v[0], v[1], v[2], v[3]);
}

/// <summary>
/// Time of operators without matrices (norms, activations, rotation, copies), fused as engines run them: bytes over bandwidth and a start. What the operator
/// before has just written is read from the L2 cache where it fits, in the benchmark as in an engine.
/// </summary>
public static class ElementwiseTime
{
    /// <summary>The constants, in the order of <see cref="ElementwiseConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("memoryEfficiency", "1", 0.2, 1.6, 0.8, "share of the bandwidth that large operands reach; above 1 where part of them is cached"),
        new("startSeconds", "s", 1e-7, 5e-5, 2.5e-6, "launch and first bytes"),
        new("cacheSpeed", "1", 0.5, 10, 3, "bandwidth of the L2 cache over that of memory"),
        new("cacheShare", "1", 0.1, 4, 0.8, "bytes over cache size at which half of them are cached, inverted"),
    ];

    /// <summary>Seconds to move some bytes through an operator.</summary>
    public static double Seconds(double bytes, double bytesPerSecond, double cacheBytes, in ElementwiseConstants c)
    {
        double warm = 0;
        if (cacheBytes > 0)
        {
            var ratio = c.CacheShare * bytes / cacheBytes;
            var square = ratio * ratio;
            warm = 1 / (1 + square * square);
        }

        return bytes * ((1 - warm) / c.MemoryEfficiency + warm / c.CacheSpeed) / bytesPerSecond + c.StartSeconds;
    }
}
