using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.TimeModels;

/// <summary>The rates of one device as time models read them: plain numbers, looked up once when the model is made.</summary>
public sealed class DeviceRates
{
    private readonly double[] _matrix = new double[Enum.GetValues<NumberFormat>().Length];
    private readonly double[] _vector = new double[Enum.GetValues<NumberFormat>().Length];

    /// <summary>The rates of a device.</summary>
    public DeviceRates(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        foreach (var format in Enum.GetValues<NumberFormat>())
        {
            _matrix[(int)format] = Arithmetic.Rate(format, device.Compute.Matrix, device.Compute.Vector).OperationsPerSecond;
            _vector[(int)format] = Arithmetic.Rate(format, device.Compute.Vector, device.Compute.Matrix).OperationsPerSecond;
        }

        BandwidthBytesPerSecond = device.MemoryBandwidthBytesPerSecond;
        var link = device.LinkOf(LinkKind.Peer) ?? device.LinkOf(LinkKind.Host);
        // A device without any link takes part in no collective; infinity keeps the arithmetic whole.
        LinkBytesPerSecond = link?.BandwidthBytesPerSecond ?? double.PositiveInfinity;
        LinkSeconds = link?.LatencySeconds ?? 0;
    }

    /// <summary>Main memory, in bytes per second.</summary>
    public double BandwidthBytesPerSecond { get; }

    /// <summary>Link to the other devices of the node, in bytes per second and direction; PCIe where there is no link between devices.</summary>
    public double LinkBytesPerSecond { get; }

    /// <summary>Latency of that link, in seconds.</summary>
    public double LinkSeconds { get; }

    /// <summary>Matrix products in a format, in operations per second, after widening.</summary>
    public double Matrix(NumberFormat format) => _matrix[(int)format];

    /// <summary>Element-wise arithmetic in a format, in operations per second, after widening.</summary>
    public double Vector(NumberFormat format) => _vector[(int)format];
}
