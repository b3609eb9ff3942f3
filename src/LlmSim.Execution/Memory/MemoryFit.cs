using System.Globalization;
using LlmSim.Execution.Parallelism;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;

namespace LlmSim.Execution.Memory;

/// <summary>Whether a pass fits into a device's memory; when not, how much is missing and what would make it fit, each remedy tried.</summary>
/// <param name="NeededBytes">Weights, KV cache and the activations' peak.</param>
/// <param name="CapacityBytes">What the memory holds.</param>
/// <param name="Remedies">Changes with each of which alone the pass would fit, in words; empty when it fits, or when nothing that was tried helps.</param>
public sealed record MemoryFit(double NeededBytes, double CapacityBytes, IReadOnlyList<string> Remedies)
{
    /// <summary>Whether it fits.</summary>
    public bool Fits => NeededBytes <= CapacityBytes;

    /// <summary>Bytes that are missing; 0 when it fits.</summary>
    public double MissingBytes => Math.Max(0, NeededBytes - CapacityBytes);

    /// <summary>Checks a pass, all of it in the device's main memory.</summary>
    /// <param name="model">What one device executes.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="device">The device.</param>
    /// <param name="sharded">Whether the model is already one device's part, so that dividing it further is not offered.</param>
    public static MemoryFit Of(LanguageModel model, in BatchShape batch, Precision precision, Device device, bool sharded = false) => Of(
        new MemoryDemand(model, batch, precision)
        {
            Sharded = sharded ? _ => null : ranks => TensorParallel.Obstacles(model, ranks).Count > 0 ? null : TensorParallel.Shard(model, ranks),
        }, device);

    /// <summary>Checks what a device's main memory is asked to hold.</summary>
    /// <param name="demand">What.</param>
    /// <param name="device">The device.</param>
    /// <param name="utilization">Share of its memory that may be used, above 0, at most 1.</param>
    public static MemoryFit Of(MemoryDemand demand, Device device, double utilization = 1)
    {
        ArgumentNullException.ThrowIfNull(demand);
        ArgumentNullException.ThrowIfNull(device);
        var capacity = device.MainMemory.CapacityBytes * utilization;
        var needed = demand.Bytes;
        return new MemoryFit(needed, capacity, needed <= capacity ? [] : Tried(demand, device, needed, capacity));
    }

    private static List<string> Tried(MemoryDemand demand, Device device, double needed, double capacity)
    {
        var found = new List<string>();
        var precision = demand.Precision;
        foreach (var format in new[] { new WeightFormat(NumberFormat.Fp8), new WeightFormat(NumberFormat.Int4, 128, 16) })
        {
            var smaller = (demand with { Precision = precision with { Weights = format } }).Bytes;
            if (smaller < needed && smaller <= capacity)
            {
                found.Add($"weights in {format.Format.Name()}" + (format.GroupSize > 0 ? $" (groups of {format.GroupSize})" : ""));
                break;
            }
        }

        if (precision.KvCache.Bits() > 8 && (demand with { Precision = precision with { KvCache = NumberFormat.Fp8 } }).Bytes <= capacity) found.Add("KV cache in fp8");
        for (var ranks = 2 * demand.Ranks; ranks <= 16 * demand.Ranks; ranks *= 2)
        {
            if (demand.Sharded(ranks) is not { } part || (demand with { Model = part }).Bytes > capacity) continue;
            found.Add($"tensor parallel over {ranks} such devices");
            break;
        }

        var withoutCache = needed - demand.CacheBytes;
        if (demand.CacheBytes > 0 && withoutCache < capacity)
        {
            var share = (capacity - withoutCache) / demand.CacheBytes;
            found.Add(string.Create(CultureInfo.InvariantCulture, $"a KV cache of at most {Math.Floor(share * demand.CachedTokens):N0} tokens instead of {demand.CachedTokens:N0}"));
        }

        var host = device.MemoryOf(MemoryKind.Host);
        var weights = demand.Model.WeightBytes(precision);
        if (host is not null && device.LinkOf(LinkKind.Host) is not null && needed - capacity < weights)
        {
            // Two layers stay on the device while they are copied and used.
            var layer = weights / Math.Max(1, demand.Model.LayerCount);
            var away = demand.AwayShare * weights + needed - capacity + 2 * layer;
            if (away <= weights && away <= host.CapacityBytes) found.Add($"{Gigabytes(away)} of the weights offloaded to host memory");
        }

        return found;
    }

    private static string Gigabytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB");
}
