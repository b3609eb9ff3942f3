namespace LlmSim.Machines.Hardware;

/// <summary>Where a memory lies, seen from the device.</summary>
public enum MemoryKind
{
    /// <summary>The device's own main memory: HBM, GDDR, LPDDR; the SRAM of an LPU.</summary>
    Device,

    /// <summary>Last-level cache on the device.</summary>
    L2,

    /// <summary>Software-managed memory beside the compute units (shared memory, on-chip buffer), summed over them.</summary>
    Scratchpad,

    /// <summary>The host's DRAM, reached over a link.</summary>
    Host,

    /// <summary>Flash storage, reached over a link.</summary>
    Flash,
}

/// <summary>One memory.</summary>
public sealed record Memory
{
    /// <summary>Its name in results: "hbm", "host", "flash".</summary>
    public required string Name { get; init; }

    /// <summary>Where it lies.</summary>
    public required MemoryKind Kind { get; init; }

    /// <summary>Capacity, in bytes, above 0.</summary>
    public required double CapacityBytes { get; init; }

    /// <summary>Peak read bandwidth, in bytes per second, above 0; null for caches whose sheet does not say.</summary>
    public double? BandwidthBytesPerSecond { get; init; }

    /// <summary>Peak write bandwidth, in bytes per second, where it differs (flash); null: the same.</summary>
    public double? WriteBandwidthBytesPerSecond { get; init; }

    /// <summary>Time of the first byte, in seconds; 0 where it is hidden.</summary>
    public double LatencySeconds { get; init; }

    /// <summary>Name of the link between this memory and the device; null for memories on the device.</summary>
    public string? Link { get; init; }

    /// <summary>Technology, for people: "HBM3", "DDR5-4800".</summary>
    public string? Technology { get; init; }

    /// <summary>Where these figures come from.</summary>
    public required Origin Origin { get; init; }
}
