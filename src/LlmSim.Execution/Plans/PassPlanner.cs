using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Kernel.Time;
using LlmSim.Kernel.Units;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Plans;

/// <summary>
/// Places the passes of one model on one machine. Weights and KV cache lie where the operators run that use them: in the host's memory for those on its processor, else in the
/// device's. Offloaded plans, which move them, are made by their own planner.
/// </summary>
public sealed class PassPlanner : IPassPlanner
{
    private const int Device = 0, Vector = 1, InMemory = 2, Cpu = 3, Link = 4;
    private static readonly string[] s_units = ["matrix units", "vector units", "units in memory", "host processor", "links"];

    private const int MainMemory = 0, PeerLink = 1;

    /// <summary>Name of the resident that holds keys and values.</summary>
    internal const string KvCache = "KV cache";

    private readonly LanguageModel _model;
    private readonly Precision _precision;
    private readonly PlacedTimes _time;
    private readonly Device _device;
    private readonly PassOptions _options;
    private readonly List<LayerGroup> _groups;
    private readonly List<int> _order;

    /// <summary>A planner.</summary>
    /// <param name="model">What one device executes; already sharded where several share the work.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="device">The machine.</param>
    /// <param name="time">The device's operator times.</param>
    /// <param name="options">Choices.</param>
    public PassPlanner(LanguageModel model, Precision precision, Device device, ITimeModel time, PassOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _precision, _device, _options) = (model, precision, device, options ?? PassOptions.Default);
        _time = new PlacedTimes(time, device, _options.Placement);
        if (!(_options.LaunchSeconds >= 0)) throw new ArgumentOutOfRangeException(nameof(options), _options.LaunchSeconds, "a launch takes at least no time");
        _groups = [.. model.Groups];
        _order = Order(model, _groups);
    }

    /// <inheritdoc/>
    public BatchNeeds Needs => ForwardPass.Needs(_model, _time);

    /// <inheritdoc/>
    public PassPlan Plan(in BatchShape batch)
    {
        var sections = new List<PlanSection>();
        foreach (var group in _groups) sections.Add(Section(group, batch));
        var perUnit = _options.Streams == StreamUse.PerUnit;
        return new PassPlan
        {
            Units = s_units,
            Streams = perUnit ? s_units : ["stream"],
            Resources =
            [
                new PlanResource(_device.MainMemory.Name, PlanResourceKind.Memory, _device.MemoryBandwidthBytesPerSecond),
                new PlanResource("link", PlanResourceKind.Link, _device.LinkOf(LinkKind.Peer)?.BandwidthBytesPerSecond ?? 1),
            ],
            Tiers = Tiers(),
            Residents = Residents(batch),
            Sections = sections,
            Order = _order,
        };
    }

    private PlanSection Section(LayerGroup group, in BatchShape batch)
    {
        var producer = new int[group.Values.Count];
        Array.Fill(producer, -1);
        var activities = new List<Activity>();
        foreach (var step in group.Operators)
        {
            var option = _time.Place(step.Spec, step.Spec.Work(batch, _precision), batch, _precision);
            var unit = UnitOf(step, option.Kind);
            activities.Add(new Activity
            {
                Name = step.Name,
                Unit = unit,
                Stream = _options.Streams == StreamUse.PerUnit ? unit : 0,
                Picoseconds = Tick.Picosecond.FromSeconds(option.Time.Seconds + _options.LaunchSeconds),
                Demands = Demands(unit, option.Time),
                After = [.. step.Inputs.Select(i => producer[i]).Where(p => p >= 0).Distinct()],
                AfterEarlier = step.Inputs.Contains(0) ? EndsOfOtherGroups : [],
                Bound = option.Time.Bound,
            });
            foreach (var output in step.Outputs) producer[output] = activities.Count - 1;
        }

        return new PlanSection(group.Name, activities, Buffers(group, batch));
    }

    private List<MemoryTier> Tiers()
    {
        var tiers = new List<MemoryTier> { new(_device.MainMemory.Name, _device.MainMemory.CapacityBytes) };
        if (_options.Placement != PlacementPolicies.Device && _device.MemoryOf(MemoryKind.Host) is { } host) tiers.Add(new MemoryTier(host.Name, host.CapacityBytes));
        return tiers;
    }

    private List<ResidentBuffer> Residents(in BatchShape batch)
    {
        var (weightsHere, cacheHere) = (_model.WeightBytes(_precision), _model.KvElementsPerToken * batch.ContextTokens * _precision.KvCache.Bytes());
        var (weightsOnHost, cacheOnHost) = (0.0, 0.0);
        if (_options.Placement != PlacementPolicies.Device)
        {
            foreach (var group in _groups)
            {
                foreach (var step in group.Operators)
                {
                    var onCpu = _time.Place(step.Spec, step.Spec.Work(batch, _precision), batch, _precision).Kind == UnitKind.Cpu;
                    if (onCpu) weightsOnHost += group.Count * step.Spec.WeightBytes(_precision);
                    // A prompt's keys and values are made on the device and go where decoding will find them.
                    if (onCpu || _options.Placement == PlacementPolicies.CpuAttention)
                        cacheOnHost += group.Count * step.Spec.KvElementsPerToken * batch.ContextTokens * _precision.KvCache.Bytes();
                }
            }
        }

        var found = new List<ResidentBuffer> { new("weights", 0, weightsHere - weightsOnHost), new(KvCache, 0, cacheHere - cacheOnHost) };
        if (weightsOnHost > 0) found.Add(new ResidentBuffer("weights", 1, weightsOnHost));
        if (cacheOnHost > 0) found.Add(new ResidentBuffer(KvCache, 1, cacheOnHost));
        return found;
    }

    private static int UnitOf(Operator step, UnitKind kind) => kind switch
    {
        UnitKind.InMemory => InMemory,
        UnitKind.Cpu => Cpu,
        _ when step.Spec is Collective => Link,
        _ when step.Spec is Norm or ElementWise or Rotary or Softmax or Copy or Embedding => Vector,
        _ => Device,
    };

    private static Demand[] Demands(int unit, in OperatorTime time)
    {
        if (time.Seconds <= 0) return [];
        return unit switch
        {
            Link => [new Demand(PeerLink, 1)],
            Device or Vector when time.MemorySeconds > 0 => [new Demand(MainMemory, Math.Min(1, time.MemorySeconds / time.Seconds))],
            _ => [],
        };
    }

    /// <summary>What hands a section its input: the last writer of each group's output.</summary>
    private Earlier[] EndsOfOtherGroups => [.. _groups
        .Select(g => g.Operators.LastOrDefault(o => o.Outputs.Contains(g.OutputValue))?.Name).OfType<string>().Distinct().Select(n => new Earlier(1, n))];

    private List<PlanBuffer> Buffers(LayerGroup group, in BatchShape batch)
    {
        var bytesPerElement = _precision.Activations.Bytes();
        var buffers = new List<PlanBuffer>();
        var last = group.Operators.Count - 1;
        for (var value = 0; value < group.Values.Count; value++)
        {
            var users = new List<int>();
            for (var i = 0; i <= last; i++)
                if (group.Operators[i].Inputs.Contains(value) || group.Operators[i].Outputs.Contains(value)) users.Add(i);
            if (users.Count == 0) continue;
            var from = value == 0 ? 0 : users[0];
            if (value == group.OutputValue) users.Add(last);
            buffers.Add(new PlanBuffer(group.Values[value].Name, 0, group.Values[value].Elements(batch) * bytesPerElement, from, users));
        }

        return buffers;
    }

    /// <summary>Sections in the order of the pass: prologue, each layer by its kind, epilogue.</summary>
    internal static List<int> Order(LanguageModel model, List<LayerGroup> groups)
    {
        var order = new List<int>();
        if (model.Prologue is not null) order.Add(0);
        order.AddRange(model.LayerGroups.SelectMany(g => (g.Layers.Count == 0 ? [int.MaxValue] : g.Layers).Select(layer => (layer, Section: groups.IndexOf(g))))
            .OrderBy(l => l.layer).Select(l => l.Section));
        if (model.Epilogue is not null) order.Add(groups.Count - 1);
        return order;
    }
}
