using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>What a device brings to attention kernels.</summary>
/// <param name="FlopsPerSecond">Peak of the matrix units at 16 bits: attention computes in it whatever the cache holds.</param>
/// <param name="BytesPerSecond">Bandwidth of the main memory.</param>
/// <param name="Multiprocessors">Thread blocks that run at once.</param>
/// <param name="QueryTile">Query rows of one prefill block: 64; on data-centre Blackwell, whose tensor memory holds two tiles of 128, 256.</param>
/// <param name="KeyTile">Keys of one step of a prefill block.</param>
/// <param name="FlashAttention2">
/// Whether decode and mixed batches run in FlashAttention-2's kernels (before Hopper, and on graphics Blackwell, with caches of 16 bits); later ones split single heads
/// and pack query groups always.
/// </param>
/// <param name="CacheBytes">Size of the L2 cache; 0 where it is not known.</param>
public readonly record struct AttentionDevice(
    double FlopsPerSecond, double BytesPerSecond, double Multiprocessors, double QueryTile, double KeyTile, bool FlashAttention2, double CacheBytes)
{
    /// <summary>Whether a prefill block holds two tiles of query rows and works on them in turns: softmax of one beside the products of the other.</summary>
    public bool PairedTiles => QueryTile > KeyTile;

    /// <summary>A device as attention kernels see it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="cache">Format of the cache: below 16 bits other kernels than FlashAttention-2 take over.</param>
    public static AttentionDevice Of(Device device, NumberFormat cache = NumberFormat.Bf16)
    {
        ArgumentNullException.ThrowIfNull(device);
        var rate = Arithmetic.Rate(NumberFormat.Bf16, device.Compute.Matrix, device.Compute.Vector).OperationsPerSecond;
        var paired = device.Architecture == "blackwell";
        var modern = device.Architecture is "hopper" or "blackwell";
        return new AttentionDevice(
            rate, device.MemoryBandwidthBytesPerSecond, device.Compute.Multiprocessors ?? 1, paired ? 256 : 64, paired ? 128 : 64,
            !modern && cache.Bits() >= 16, device.MemoryOf(MemoryKind.L2)?.CapacityBytes ?? 0);
    }
}

/// <summary>Head counts and widths of an attention operator.</summary>
/// <param name="Heads">H: query heads.</param>
/// <param name="KvHeads">G: key-value heads.</param>
/// <param name="KeyDim">Width of a query or key head.</param>
/// <param name="ValueDim">Width of a value head.</param>
/// <param name="KvBytes">Bytes of one cached element.</param>
public readonly record struct AttentionHeads(double Heads, double KvHeads, double KeyDim, double ValueDim, double KvBytes)
{
    /// <summary>FLOPs of one query-key pair: score and value.</summary>
    public double FlopsPerPair => 2 * (KeyDim + ValueDim);
}
