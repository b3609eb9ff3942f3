namespace LlmSim.Machines.Hardware;

/// <summary>What a link connects.</summary>
public enum LinkKind
{
    /// <summary>Devices of one node with each other: NVLink, Infinity Fabric, ICI.</summary>
    Peer,

    /// <summary>The device and its host: PCIe, NVLink-C2C. Peers without a link of their own talk over it as well.</summary>
    Host,

    /// <summary>Nodes with each other: InfiniBand, Ethernet.</summary>
    Network,

    /// <summary>The host and its storage.</summary>
    Storage,
}

/// <summary>One link of a device.</summary>
public sealed record Link
{
    /// <summary>Its name in results: "nvlink", "pcie", "network".</summary>
    public required string Name { get; init; }

    /// <summary>What it connects.</summary>
    public required LinkKind Kind { get; init; }

    /// <summary>Usable bandwidth of this device in one direction, in bytes per second, all lanes together.</summary>
    public required double BandwidthBytesPerSecond { get; init; }

    /// <summary>Time of an empty message, in seconds.</summary>
    public required double LatencySeconds { get; init; }

    /// <summary>Devices that it joins at this bandwidth, this one included (8 in an HGX node, 2 over a bridge); null when not limited.</summary>
    public int? Devices { get; init; }

    /// <summary>Technology, for people: "NVLink4", "PCIe 5.0 x16".</summary>
    public string? Technology { get; init; }

    /// <summary>Where these figures come from.</summary>
    public required Origin Origin { get; init; }
}
