using LlmSim.Charts.Set;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Placement;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>Roofs beside the device's own, and what operators reach under them: the host's processor, units in memory, and links over which operands are fetched.</summary>
internal static class PassRoofs
{
    /// <summary>Roofs of the units and links that a question uses beside the device.</summary>
    public static IEnumerable<Roof> Beside(PassQuestion question)
    {
        var (device, format) = (question.Device, question.Precision.Activations);
        var host = device.MemoryOf(MemoryKind.Host);
        var usesCpu = question.Placement.Needs == UnitKind.Cpu || question.Placement == PlacementPolicies.Fastest || question.Offload?.CpuAttention == true;
        if (usesCpu && device.Host is { } cpu && host?.BandwidthBytesPerSecond is { } bandwidth)
            yield return new Roof("CPU", Arithmetic.Rate(format, cpu.Rates, cpu.Rates).OperationsPerSecond, Technology(host), bandwidth);
        if (question.Placement.Needs == UnitKind.InMemory || (question.Placement == PlacementPolicies.Fastest && device.InMemoryUnits.Count > 0))
        {
            var unit = device.InMemoryUnits[0];
            yield return new Roof(unit.Name, Arithmetic.Rate(format, unit.Rates, unit.Rates).OperationsPerSecond, "inside " + (unit.Memory ?? unit.Name), unit.InternalBandwidthBytesPerSecond);
        }

        if (question.Offload is not { } offload) yield break;
        var peak = Math.Max(device.Compute.Matrix[format], device.Compute.Matrix[NumberFormat.Fp16]);
        if (Fetched(offload, s => s.Host) && host is not null && device.LinkOf(LinkKind.Host) is { } link)
            yield return new Roof(format.Name(), peak, $"{Technology(host)} over {link.Technology ?? link.Name}", link.BandwidthBytesPerSecond);
        if (Fetched(offload, s => s.Flash) && device.MemoryOf(MemoryKind.Flash) is { BandwidthBytesPerSecond: { } read } flash)
            yield return new Roof(format.Name(), peak, Technology(flash), read);
    }

    /// <summary>What an operator reaches when its operands are fetched while it runs: the slower of its own time and the fetching of its bytes.</summary>
    /// <returns>Operations per second, and what limits it.</returns>
    public static (double FlopsPerSecond, Bound Bound) Reached(PassQuestion question, AnalysisRow row)
    {
        if (question.Offload is not { } offload) return (row.Performance, row.Bound);
        var device = question.Device;
        var (link, flash) = (device.LinkOf(LinkKind.Host)?.BandwidthBytesPerSecond ?? 0, device.MemoryOf(MemoryKind.Flash)?.BandwidthBytesPerSecond ?? 0);
        // Weights come once for all batches of a block; a cache that the CPU attends to stays where it is.
        var weights = row.Layer.EndsWith("embedding", StringComparison.Ordinal) || row.Layer.EndsWith("head", StringComparison.Ordinal) ? 0 : row.WeightBytes / offload.BatchesPerBlock;
        var cache = offload.CpuAttention ? 0 : row.KvBytes;
        double Over(Func<Shares, double> share, double rate) => rate > 0 ? (share(offload.Weights) * weights + share(offload.KvCache) * cache) / rate : 0;
        var fetching = Math.Max(Over(s => s.Away, link), Over(s => s.Flash, flash));
        return fetching > row.Seconds ? (row.Flops / fetching, Bound.Link) : (row.Performance, row.Bound);
    }

    private static bool Fetched(OffloadPolicy offload, Func<Shares, double> share) => share(offload.Weights) > 0 || (!offload.CpuAttention && share(offload.KvCache) > 0);

    private static string Technology(Memory memory) => memory.Technology ?? memory.Name;
}
