using System.Collections.Concurrent;
using LlmSim.Files;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;
using LlmSim.Studies.Models;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs;

/// <summary>
/// What the points of a study share: imported models, hardware files, and models placed and compiled on machines, each made once. All are immutable, so
/// that several threads may use them.
/// </summary>
public sealed class RunParts
{
    private readonly ConcurrentDictionary<string, Lazy<LanguageModel>> _models = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Device>> _devices = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<PlacedModelKey, Lazy<PlacedModel>> _placed = [];

    /// <summary>The scenario's model on a machine.</summary>
    /// <exception cref="InputException">They do not go together.</exception>
    internal PlacedModel Placed(Scenario scenario, MachineSection machine, string file)
    {
        var key = new PlacedModelKey(scenario.Model, scenario.Precision, machine, scenario.Time, scenario.TimeTable, string.Join(PlacedModelKey.Between, scenario.OperatorTables));
        return _placed.GetOrAdd(key, k => new Lazy<PlacedModel>(() => ReplicaPlanner.Place(k, this, file))).Value;
    }

    /// <summary>A model by catalogue name or path.</summary>
    /// <exception cref="InputException">There is none, or its file is wrong.</exception>
    public LanguageModel Model(string nameOrPath) => _models.GetOrAdd(nameOrPath, static name => new Lazy<LanguageModel>(() => Import(name))).Value;

    /// <summary>A device by catalogue name or path.</summary>
    /// <exception cref="InputException">There is none, or its file is wrong.</exception>
    public Device Device(string nameOrPath) =>
        _devices.GetOrAdd(nameOrPath, static name => new Lazy<Device>(() => HardwareCatalogue.Default.Find(name))).Value;

    /// <summary>The device of a scenario's machine, with what the scenario sets over its file.</summary>
    /// <exception cref="InputException">There is none, or its file is wrong.</exception>
    public Device Device(MachineSection machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var device = Device(machine.Hardware);
        if (machine.MemoryBandwidthBytesPerSecond is { } bandwidth)
        {
            var main = device.MainMemory;
            device = device with { Memories = [.. device.Memories.Select(m => m == main ? m with { BandwidthBytesPerSecond = bandwidth } : m)] };
        }

        if (machine.PeerBytesPerSecond is null && machine.PeerLatencySeconds is null) return device;
        var usual = device.LinkOf(LinkKind.Peer) ?? device.LinkOf(LinkKind.Host) ?? device.LinkOf(LinkKind.Network);
        var link = new Link
        {
            Name = "peer",
            Kind = LinkKind.Peer,
            Devices = device.LinkOf(LinkKind.Peer)?.Devices,
            Origin = new Origin("the scenario", Confidence.Medium),
            BandwidthBytesPerSecond = machine.PeerBytesPerSecond ?? usual?.BandwidthBytesPerSecond ?? 1e9,
            LatencySeconds = machine.PeerLatencySeconds ?? usual?.LatencySeconds ?? 0,
        };
        // All-reduces that were fitted went over another link.
        return device with
        {
            Links = [link, .. device.Links.Where(l => l.Kind != LinkKind.Peer)],
            TimeConstants = [.. device.TimeConstants.Where(c => c.Class != OperatorClasses.AllReduce.Name)],
        };
    }

    private static LanguageModel Import(string nameOrPath)
    {
        var errors = new InputErrors();
        var model = ModelLoading.Load(nameOrPath, errors);
        errors.ThrowIfAny();
        return model!;
    }
}
