namespace LlmSim.Machines.Hardware;

/// <summary>
/// Compute units inside a memory (PIM), beside the device or its host: they see the memory's internal bandwidth, the device sees the external one.
/// </summary>
public sealed record InMemoryUnit
{
    /// <summary>Its name in results: "hbm-pim", "aim", "pim-dimm".</summary>
    public required string Name { get; init; }

    /// <summary>Stacks, chips or modules of the machine; the figures below are their sum.</summary>
    public required int Count { get; init; }

    /// <summary>Peak rates of all units together.</summary>
    public required FormatRates Rates { get; init; }

    /// <summary>Capacity that these units can work on, in bytes, all together.</summary>
    public required double CapacityBytes { get; init; }

    /// <summary>Bandwidth between banks and units, in bytes per second, all together.</summary>
    public required double InternalBandwidthBytesPerSecond { get; init; }

    /// <summary>Bandwidth to whoever sits outside, in bytes per second, all together: operands and results pass here, and there is no path between units.</summary>
    public required double ExternalBandwidthBytesPerSecond { get; init; }

    /// <summary>Name of the memory whose cells these are; null when the unit brings its own.</summary>
    public string? Memory { get; init; }

    /// <summary>Name of the link over which the device reaches them; null when they sit in one of its memories.</summary>
    public string? Link { get; init; }

    /// <summary>Power of all units, in watts; null when unknown.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>Where these figures come from.</summary>
    public required Origin Origin { get; init; }
}
