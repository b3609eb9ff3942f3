using LlmSim.Execution.Parallelism;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Plans;

/// <summary>
/// Places a pass on pipeline stages, each with units, streams and memory of its own. Equal micro-batches follow each other: a stage takes one when the stage before has sent it and
/// it has itself finished the one before.
/// </summary>
public sealed class PipelinePlanner : IPassPlanner
{
    private const string Send = "send";

    private readonly IReadOnlyList<PassPlanner> _stages;
    private readonly IReadOnlyList<LanguageModel> _models;
    private readonly int _microBatches;

    /// <summary>A planner.</summary>
    /// <param name="model">What one device executes of all layers; already sharded where several share each of them.</param>
    /// <param name="stages">Stages, at least 1, at most the layers.</param>
    /// <param name="microBatches">Micro-batches that a pass consists of, at least 1.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="device">The machine of one stage.</param>
    /// <param name="time">The device's operator times.</param>
    /// <param name="options">Choices, alike for all stages.</param>
    public PipelinePlanner(
        LanguageModel model, int stages, int microBatches, Precision precision, Device device, ITimeModel time, PassOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatches, 1);
        _models = PipelineParallel.Stages(model, stages);
        _stages = [.. _models.Select(m => new PassPlanner(m, precision, device, time, options))];
        _microBatches = microBatches;
        Needs = _stages[0].Needs with { Windows = [.. _stages.SelectMany(s => s.Needs.Windows).Distinct().Order()] };
    }

    /// <inheritdoc/>
    public BatchNeeds Needs { get; }

    /// <summary>The plan for a pass of micro-batches that are each like this one.</summary>
    public PassPlan Plan(in BatchShape batch)
    {
        var (units, streams, resources, tiers) = (new List<string>(), new List<string>(), new List<PlanResource>(), new List<MemoryTier>());
        var (residents, sections, orders) = (new List<ResidentBuffer>(), new List<PlanSection>(), new List<List<int>>());
        for (var s = 0; s < _stages.Count; s++)
        {
            var plan = _stages[s].Plan(batch);
            string Named(string name) => _stages.Count == 1 ? name : $"{name}, stage {s + 1}";
            var offset = new Offset(units.Count, streams.Count, resources.Count, tiers.Count);
            units.AddRange(plan.Units.Select(Named));
            streams.AddRange(plan.Streams.Select(Named));
            resources.AddRange(plan.Resources.Select(r => r with { Name = Named(r.Name) }));
            tiers.AddRange(plan.Tiers.Select(t => t with { Name = Named(t.Name) }));
            // The cache holds all micro-batches, while one of them is computed.
            residents.AddRange(plan.Residents.Select(r => r with { Tier = r.Tier + offset.Tier, Bytes = r.Name == PassPlanner.KvCache ? _microBatches * r.Bytes : r.Bytes }));
            var first = sections.Count;
            sections.AddRange(plan.Sections.Select(section => Moved(section, offset)));
            var order = plan.Order.Select(o => o + first).ToList();
            // What enters a stage comes from the stage before it, and not from whatever was issued last.
            sections.Add(Entered(sections[order[0]], s == 0 ? [] : [new Earlier(1, Send)]));
            order[0] = sections.Count - 1;
            orders.Add(order);
        }

        return new PassPlan
        {
            Units = units,
            Streams = streams,
            Resources = resources,
            Tiers = tiers,
            Residents = residents,
            Sections = sections,
            Order = [.. Enumerable.Range(0, _microBatches).SelectMany(_ => orders.SelectMany(o => o))],
        };
    }

    /// <summary>Places of the plan's order that each stage takes for one micro-batch, in order.</summary>
    public IReadOnlyList<int> PlacesPerStage => [.. _models.Select(m => m.LayerCount + (m.Prologue is null ? 0 : 1) + (m.Epilogue is null ? 0 : 1))];

    /// <summary>What one device of each stage executes.</summary>
    public IReadOnlyList<LanguageModel> Models => _models;

    private static PlanSection Moved(PlanSection section, Offset by) => section with
    {
        Activities = [.. section.Activities.Select(a => a with
        {
            Unit = a.Unit + by.Unit,
            Stream = a.Stream + by.Stream,
            Demands = [.. a.Demands.Select(d => d with { Resource = d.Resource + by.Resource })],
        })],
        Buffers = [.. section.Buffers.Select(b => b with { Tier = b.Tier + by.Tier })],
    };

    private static PlanSection Entered(PlanSection section, Earlier[] from) =>
        section with { Activities = [.. section.Activities.Select(a => a.AfterEarlier.Length > 0 ? a with { AfterEarlier = from } : a)] };

    private readonly record struct Offset(int Unit, int Stream, int Resource, int Tier);
}
