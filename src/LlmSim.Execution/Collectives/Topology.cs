using LlmSim.Machines.Hardware;

namespace LlmSim.Execution.Collectives;

/// <summary>What a group of devices talks over: one kind of link within a node, another between nodes.</summary>
/// <param name="BandwidthBytesPerSecond">Of one device within its node, in one direction.</param>
/// <param name="LatencySeconds">Time of an empty message within a node.</param>
/// <param name="DevicesPerNode">Devices that the inner link joins, at least 1.</param>
/// <param name="NetworkBytesPerSecond">Of one device to other nodes, in one direction.</param>
/// <param name="NetworkLatencySeconds">Time of an empty message between nodes.</param>
public readonly record struct Topology(
    double BandwidthBytesPerSecond, double LatencySeconds, int DevicesPerNode, double NetworkBytesPerSecond, double NetworkLatencySeconds)
{
    /// <summary>
    /// The links that a device describes. Peers without a link of their own talk over the host link; nodes without a network are taken to be joined
    /// by the inner link, which only matters for groups larger than a node.
    /// </summary>
    /// <returns>Null when the device has no link at all, so that it cannot be part of a group.</returns>
    public static Topology? Of(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var inner = device.LinkOf(LinkKind.Peer) ?? device.LinkOf(LinkKind.Host) ?? device.LinkOf(LinkKind.Network);
        if (inner is null) return null;
        var outer = device.LinkOf(LinkKind.Network) ?? inner;
        return new Topology(
            inner.BandwidthBytesPerSecond, inner.LatencySeconds, inner.Devices ?? int.MaxValue, outer.BandwidthBytesPerSecond, outer.LatencySeconds);
    }
}
