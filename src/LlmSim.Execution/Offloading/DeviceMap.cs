using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;

namespace LlmSim.Execution.Offloading;

/// <summary>Whole layers given to memories in order, as an automatic device map does.</summary>
public static class DeviceMap
{
    // What a framework leaves free on the device for itself.
    private const double ReserveBytes = 1L << 30;

    // Of host memory, some is the system's.
    private const double HostShare = 0.95;

    /// <summary>
    /// Layers fill the device as far as the KV cache, the activations and two layers in flight leave room, then host memory, then flash; the first layers lie on the device.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="device">The machine, with host memory.</param>
    /// <param name="kvCacheBytes">The largest KV cache, which stays on the device.</param>
    /// <param name="activationBytes">The largest sum of activations.</param>
    public static Shares Greedy(LanguageModel model, Precision precision, Device device, double kvCacheBytes, double activationBytes)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(device);
        var layers = model.LayerGroups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.WeightBytes(precision)));
        var layer = layers / model.LayerCount;
        var room = device.MainMemory.CapacityBytes - (model.WeightBytes(precision) - layers) - kvCacheBytes - activationBytes - 2 * layer - ReserveBytes;
        var onDevice = Math.Min(1, Math.Floor(Math.Max(0, room) / layer) / model.LayerCount);
        var host = device.MemoryOf(MemoryKind.Host)?.CapacityBytes ?? 0;
        // Two layers of host memory stage what comes from flash.
        var inHost = Math.Clamp(Math.Floor(host * HostShare / layer - 2) / model.LayerCount, 0, 1 - onDevice);
        return new Shares(onDevice, inHost, 1 - onDevice - inHost);
    }
}
