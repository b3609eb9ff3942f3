using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Placement;

/// <summary>Rooflines of the units beside the device: in memory, and the host's processor.</summary>
/// <remarks>
/// Units in memory see the KV cache (or the weights) at internal bandwidth; queries, results and all other activations pass the external interface. There is no
/// path between units, so what they exchange passes it as well, which is why only operators over the cache and matrices are offered to them. The host's
/// processor sees everything at the bandwidth of its DRAM, and activations cross the link to the device and back.
/// </remarks>
public sealed class OtherUnits
{
    private readonly InMemoryUnit? _inMemory;
    private readonly HostProcessor? _host;
    private readonly double _hostBytesPerSecond, _linkBytesPerSecond, _linkLatencySeconds;

    /// <summary>The units that a device describes.</summary>
    public OtherUnits(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        _inMemory = device.InMemoryUnits.Count > 0 ? device.InMemoryUnits[0] : null;
        _host = device.Host;
        _hostBytesPerSecond = device.MemoryOf(MemoryKind.Host)?.BandwidthBytesPerSecond ?? 0;
        _linkBytesPerSecond = device.LinkOf(LinkKind.Host)?.BandwidthBytesPerSecond ?? 0;
        _linkLatencySeconds = device.LinkOf(LinkKind.Host)?.LatencySeconds ?? 0;
    }

    /// <summary>Whether the machine has such units.</summary>
    /// <param name="kind">Which.</param>
    public bool Offers(UnitKind kind) => kind switch
    {
        UnitKind.InMemory => _inMemory is not null,
        UnitKind.Cpu => _host is not null && _hostBytesPerSecond > 0 && _linkBytesPerSecond > 0,
        _ => true,
    };

    /// <summary>Time in memory; null when there are no such units or they cannot run this operator.</summary>
    public OperatorTime? InMemory(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        if (_inMemory is null || (spec.KvElementsPerToken <= 0 && spec is not Linear)) return null;
        var rate = Arithmetic.Rate(precision.Activations, _inMemory.Rates, _inMemory.Rates).OperationsPerSecond;
        var compute = work.Flops / rate;
        var inside = (work.KvBytes + work.WeightBytes) / _inMemory.InternalBandwidthBytesPerSecond;
        var outside = (work.ActivationReadBytes + work.ActivationWriteBytes) / _inMemory.ExternalBandwidthBytesPerSecond;
        return Longest(compute, inside + outside);
    }

    /// <summary>Time on the host's processor; null when the machine describes none or no memory of its own.</summary>
    public OperatorTime? Cpu(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (!Offers(UnitKind.Cpu) || spec is Collective) return null;
        var rate = Arithmetic.Rate(precision.Activations, _host!.Rates, _host.Rates).OperationsPerSecond;
        var compute = work.Flops / rate;
        var memory = work.MemoryBytes / _hostBytesPerSecond;
        var link = 2 * _linkLatencySeconds + (work.ActivationReadBytes + work.ActivationWriteBytes) / _linkBytesPerSecond;
        var there = Longest(compute, memory);
        return there with { Seconds = there.Seconds + link };
    }

    private static OperatorTime Longest(double compute, double memory) =>
        new(Math.Max(compute, memory), compute, memory, compute > memory ? Bound.Compute : Bound.Memory);
}
