namespace LlmSim.Machines.Hardware;

/// <summary>The processor of the machine that holds the device; its DRAM is a <see cref="Hardware.Memory"/> of kind Host.</summary>
public sealed record HostProcessor
{
    /// <summary>For people: "2 × Xeon Platinum 8480".</summary>
    public required string Title { get; init; }

    /// <summary>Cores for one device's share of the host.</summary>
    public required int Cores { get; init; }

    /// <summary>Peak rates of those cores, per number format.</summary>
    public required FormatRates Rates { get; init; }

    /// <summary>Where these figures come from.</summary>
    public required Origin Origin { get; init; }
}
