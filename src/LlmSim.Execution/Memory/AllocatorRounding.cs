namespace LlmSim.Execution.Memory;

/// <summary>How an allocator rounds the size of a buffer. To add one: a row in <see cref="All"/>.</summary>
/// <param name="Name">The word that people write.</param>
/// <param name="BlockBytes">Sizes are rounded up to whole blocks of this many bytes; 0 for no rounding.</param>
public sealed record AllocatorRounding(string Name, double BlockBytes)
{
    /// <summary>As many bytes as asked for.</summary>
    public static AllocatorRounding Exact { get; } = new("exact", 0);

    /// <summary>PyTorch's caching allocator: blocks of 512 bytes (kMinBlockSize in c10/cuda). What its segments keep in reserve is not modelled.</summary>
    public static AllocatorRounding PyTorch { get; } = new("pytorch", 512);

    /// <summary>The CUDA driver: pages of 2 MiB for every allocation of its own.</summary>
    public static AllocatorRounding CudaPages { get; } = new("cuda-pages", 2 * 1024 * 1024);

    /// <summary>All that can be named.</summary>
    public static IReadOnlyList<AllocatorRounding> All { get; } = [Exact, PyTorch, CudaPages];

    /// <summary>Bytes that a buffer of this size occupies.</summary>
    public double Occupied(double bytes) => BlockBytes > 0 ? Math.Ceiling(bytes / BlockBytes) * BlockBytes : bytes;
}
