using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>What matrix products and attention need to know of a device.</summary>
public static class GemmDevices
{
    /// <summary>The device as matrix products in one format see it.</summary>
    public static GemmDevice Of(Device device, NumberFormat format)
    {
        ArgumentNullException.ThrowIfNull(device);
        var rate = Arithmetic.Rate(format, device.Compute.Matrix, device.Compute.Vector).OperationsPerSecond;
        return new GemmDevice(rate, device.MemoryBandwidthBytesPerSecond, device.Compute.Multiprocessors ?? 1, WholeWaves(device.Architecture));
    }

    /// <summary>
    /// Hopper's and data-centre Blackwell's GEMM kernels are persistent: blocks are spread evenly over the multiprocessors. Elsewhere the last wave is
    /// as long as the others, however few blocks it has. The wrong rule costs 2 to 7 points of error on either.
    /// </summary>
    public static bool WholeWaves(string architecture) => architecture is not ("hopper" or "blackwell");
}
