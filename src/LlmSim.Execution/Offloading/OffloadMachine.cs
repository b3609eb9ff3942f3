using LlmSim.Execution.Plans;
using LlmSim.Machines.Hardware;

namespace LlmSim.Execution.Offloading;

/// <summary>The memories around a device and the ways between them, as offloading sees them.</summary>
public sealed class OffloadMachine
{
    // What remains of a link's rate when the driver copies through its own pinned staging buffer: two copies for one.
    private const double PageableShare = 0.5;

    // What remains of a drive's rate when a memory-mapped file is read through the page cache: the cost model in FlexGen's repository fits 0.473 GiB/s (dtoc_bdw) to
    // such reads on a machine whose drive is given as 2 GB/s.
    private const double BufferedReadShare = 0.25;

    /// <summary>Reads the figures off a device's description.</summary>
    /// <exception cref="PlanException">The machine has no host memory or no link to it.</exception>
    public OffloadMachine(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var host = device.MemoryOf(MemoryKind.Host);
        var flash = device.MemoryOf(MemoryKind.Flash);
        var link = device.LinkOf(LinkKind.Host);
        var problems = new List<string>();
        if (host?.BandwidthBytesPerSecond is null) problems.Add($"{device.Name} describes no host memory with a bandwidth, which offloading needs");
        if (link is null) problems.Add($"{device.Name} describes no link to its host, which offloading needs");
        if (problems.Count > 0) throw new PlanException(problems);
        Device = device;
        DeviceTier = new MemoryTier(device.MainMemory.Name, device.MainMemory.CapacityBytes);
        HostTier = new MemoryTier(host!.Name, host.CapacityBytes);
        FlashTier = new MemoryTier(flash?.Name ?? "flash", flash?.CapacityBytes ?? 0);
        HostBytesPerSecond = host.BandwidthBytesPerSecond!.Value;
        LinkBytesPerSecond = link!.BandwidthBytesPerSecond;
        LinkLatencySeconds = link.LatencySeconds;
        FlashReadBytesPerSecond = flash?.BandwidthBytesPerSecond ?? 0;
        FlashWriteBytesPerSecond = flash?.WriteBandwidthBytesPerSecond ?? FlashReadBytesPerSecond;
        FlashLatencySeconds = flash?.LatencySeconds ?? 0;
    }

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>The device's memory.</summary>
    public MemoryTier DeviceTier { get; }

    /// <summary>The host's memory.</summary>
    public MemoryTier HostTier { get; }

    /// <summary>Flash; of capacity 0 where there is none.</summary>
    public MemoryTier FlashTier { get; }

    /// <summary>Bandwidth of the host's memory, in bytes per second.</summary>
    public double HostBytesPerSecond { get; }

    /// <summary>Bandwidth of the link in one direction, in bytes per second; both directions work at once.</summary>
    public double LinkBytesPerSecond { get; }

    /// <summary>Time of an empty copy over the link.</summary>
    public double LinkLatencySeconds { get; }

    /// <summary>Bandwidth of reading flash, in bytes per second.</summary>
    public double FlashReadBytesPerSecond { get; }

    /// <summary>Bandwidth of writing flash, in bytes per second.</summary>
    public double FlashWriteBytesPerSecond { get; }

    /// <summary>Time until flash delivers its first byte.</summary>
    public double FlashLatencySeconds { get; }

    /// <summary>Time of one copy between host and device; 0 for nothing.</summary>
    public double CopySeconds(double bytes, bool pinned) =>
        bytes <= 0 ? 0 : LinkLatencySeconds + bytes / (LinkBytesPerSecond * (pinned ? 1 : PageableShare));

    /// <summary>Time of reading from flash, directly into pinned buffers or through the page cache; 0 for nothing.</summary>
    public double FlashReadSeconds(double bytes, bool pinned) =>
        bytes <= 0 ? 0 : FlashLatencySeconds + bytes / (FlashReadBytesPerSecond * (pinned ? 1 : BufferedReadShare));

    /// <summary>Time of writing to flash; 0 for nothing.</summary>
    public double FlashWriteSeconds(double bytes) => bytes <= 0 ? 0 : FlashLatencySeconds + bytes / FlashWriteBytesPerSecond;
}
