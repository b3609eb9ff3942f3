using LlmSim.Machines.TimeModels;

namespace LlmSim.Machines.Hardware;

/// <summary>
/// One device with everything near it: units, memories, links, host. To add a device: one JSON file in <c>hardware/</c>, whose members are named as here.
/// </summary>
public sealed record Device
{
    /// <summary>Catalogue name: the file's path below <c>hardware/</c> without its extension, "h100-80gb-sxm".</summary>
    public required string Name { get; init; }

    /// <summary>Name for people: "NVIDIA H100 SXM5 80 GB".</summary>
    public required string Title { get; init; }

    /// <summary>Maker.</summary>
    public required string Vendor { get; init; }

    /// <summary>What sort of machine it is.</summary>
    public required DeviceKind Kind { get; init; }

    /// <summary>Family whose kernels behave alike: "ampere", "hopper"; fitted constants of one member stand in for another's. Lower case.</summary>
    public required string Architecture { get; init; }

    /// <summary>Its arithmetic.</summary>
    public required ComputeUnits Compute { get; init; }

    /// <summary>Its memories; the first of kind Device is the main memory.</summary>
    public required IReadOnlyList<Memory> Memories { get; init; }

    /// <summary>Its links.</summary>
    public IReadOnlyList<Link> Links { get; init; } = [];

    /// <summary>Compute units inside memories.</summary>
    public IReadOnlyList<InMemoryUnit> InMemoryUnits { get; init; } = [];

    /// <summary>The host; null for a device that is described alone.</summary>
    public HostProcessor? Host { get; init; }

    /// <summary>Board power limit, in watts; null when not published.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>Price; null when nobody publishes one.</summary>
    public Price? Price { get; init; }

    /// <summary>What to know before using these figures; empty when there is nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>
    /// Whether other devices may borrow its fitted constants. False for power-limited and consumer parts: their measured efficiencies describe
    /// their limits, not their architecture.
    /// </summary>
    public bool ConstantsTransfer { get; init; } = true;

    /// <summary>Constants of the fitted time model; empty where nothing was measured.</summary>
    public IReadOnlyList<TimeConstants> TimeConstants { get; init; } = [];

    /// <summary>Kernel libraries that constants were measured with, without their versions: "vllm", "trtllm".</summary>
    public IEnumerable<string> KernelLibraries => TimeConstants.Select(c => c.Kernels.Split('-')[0]).Where(k => k.Length > 0).Distinct();

    /// <summary>The memory that weights and KV cache live in.</summary>
    public Memory MainMemory => Memories.First(m => m.Kind == MemoryKind.Device);

    /// <summary>Bandwidth of the main memory, in bytes per second.</summary>
    public double MemoryBandwidthBytesPerSecond => MainMemory.BandwidthBytesPerSecond!.Value;

    /// <summary>The first memory of a kind; null when there is none.</summary>
    public Memory? MemoryOf(MemoryKind kind) => Memories.FirstOrDefault(m => m.Kind == kind);

    /// <summary>The first link of a kind; null when there is none.</summary>
    public Link? LinkOf(LinkKind kind) => Links.FirstOrDefault(l => l.Kind == kind);
}
