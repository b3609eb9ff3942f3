using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Offloading;

/// <summary>
/// Plans passes of a model that does not lie on the device as a whole: layers' weights, KV cache and hidden states are fetched from host memory or flash while
/// earlier layers compute, as far as buffers and links allow.
/// </summary>
/// <remarks>
/// Streams: computation, copies to the device, copies to the host, flash, host processor. Copies go a layer's worth (or a batch's cache of a layer)
/// at a time. A buffer is free again when the layer that used it has ended, so a layer can be fetched when the layer <c>PrefetchLayers + 1</c> before it
/// has ended. Batches are those of one of the block's batches; all are taken to be alike.
/// </remarks>
public sealed class OffloadPlanner : IPassPlanner
{
    private readonly LanguageModel _model;
    private readonly Precision _precision;
    private readonly ITimeModel _time;
    private readonly OffloadMachine _machine;
    private readonly OffloadPolicy _policy;
    private readonly OtherUnits _others;

    /// <summary>A planner.</summary>
    /// <param name="model">What the device executes.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="device">The machine, with host memory and link.</param>
    /// <param name="time">The device's operator times.</param>
    /// <param name="policy">What lies where.</param>
    /// <exception cref="PlanException">The policy is impossible, or the machine cannot offload.</exception>
    public OffloadPlanner(LanguageModel model, Precision precision, Device device, ITimeModel time, OffloadPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var problems = policy.Problems().ToList();
        _machine = new OffloadMachine(device);
        if ((policy.Weights.Flash > 0 || policy.KvCache.Flash > 0) && _machine.FlashReadBytesPerSecond <= 0)
            problems.Add($"{device.Name} describes no flash with a bandwidth, where the policy puts a share");
        if (problems.Count > 0) throw new PlanException(problems);
        (_model, _precision, _time, _policy) = (model, precision, time, policy);
        _others = new OtherUnits(device);
    }

    /// <inheritdoc/>
    public BatchNeeds Needs => ForwardPass.Needs(_model, _time);

    /// <summary>The plan for a block of batches that are each like this one.</summary>
    public PassPlan Plan(in BatchShape batch)
    {
        var sections = new List<PlanSection>();
        var order = new List<int>();
        var ends = LastNames();
        if (_model.Prologue is not null) Add(_model.Prologue, Shares.OnDevice, batch);
        var layers = _model.LayerGroups.SelectMany(g => g.Layers.Select(l => (Layer: l, Group: g))).OrderBy(l => l.Layer).ToList();
        var made = new Dictionary<(LayerGroup, Shares), int>();
        for (var i = 0; i < layers.Count; i++)
        {
            var shares = SharesOf(i, layers.Count);
            if (!made.TryGetValue((layers[i].Group, shares), out var section))
            {
                section = sections.Count;
                made.Add((layers[i].Group, shares), section);
                sections.Add(new LayerPlan(this, layers[i].Group, shares, batch, ends).Build());
            }

            order.Add(section);
        }

        if (_model.Epilogue is not null) Add(_model.Epilogue, Shares.OnDevice, batch);
        return new PassPlan
        {
            Units = OffloadLanes.Names,
            Streams = OffloadLanes.Names,
            Resources = OffloadLanes.Resources(_machine),
            Tiers = [_machine.DeviceTier, _machine.HostTier, _machine.FlashTier],
            Residents = Residents(batch, layers.Count),
            Sections = sections,
            Order = order,
        };

        void Add(LayerGroup group, Shares shares, in BatchShape b)
        {
            order.Add(sections.Count);
            sections.Add(new LayerPlan(this, group, shares, b, ends).Build());
        }
    }

    internal Precision Precision => _precision;

    internal ITimeModel Time => _time;

    internal OffloadMachine Machine => _machine;

    internal OffloadPolicy Policy => _policy;

    internal OtherUnits Others => _others;

    private Shares SharesOf(int layer, int layers)
    {
        if (!_policy.ByLayer) return _policy.Weights;
        // Whole layers, the one in which a border falls to the nearer side.
        var position = (layer + 0.5) / layers;
        return position < _policy.Weights.Device ? Shares.OnDevice : position < _policy.Weights.Device + _policy.Weights.Host ? Shares.OnHost : Shares.OnFlash;
    }

    private List<ResidentBuffer> Residents(in BatchShape batch, int layers)
    {
        var found = new List<ResidentBuffer>();
        var ofLayers = _model.LayerGroups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.WeightBytes(_precision)));
        var others = _model.WeightBytes(_precision) - ofLayers;
        var perLayer = Enumerable.Range(0, layers).Select(l => SharesOf(l, layers)).ToList();
        double Part(Func<Shares, double> share) => layers == 0 ? 0 : perLayer.Sum(share) / layers;
        var shares = new Shares(Part(s => s.Device), Part(s => s.Host), Part(s => s.Flash));
        if (_policy.Window is { } window)
        {
            var feedForward = _model.LayerGroups.Sum(g => g.Count * FlashWindow.FeedForward(g).Sum(o => o.Spec.WeightBytes(_precision)));
            found.Add(new ResidentBuffer("attention weights", 0, ofLayers - feedForward));
            found.Add(new ResidentBuffer("neurons of the window", 0, shares.Away * window.KeptShare * feedForward));
            Put("feed-forward weights", feedForward, shares);
        }
        else
        {
            Put("weights", ofLayers, shares);
        }

        if (others > 0) found.Add(new ResidentBuffer("weights outside the layers", 0, others));
        var block = _policy.BatchesPerBlock;
        Put("KV cache", block * _model.KvElementsPerToken * batch.ContextTokens * _precision.KvCache.Bytes(), _policy.KvCache);
        var hidden = block * (double)batch.Tokens * _model.HiddenSize * _precision.Activations.Bytes();
        if (block > 1 || _policy.ActivationsOnHost) found.Add(new ResidentBuffer("hidden states of the block", _policy.ActivationsOnHost ? 1 : 0, hidden));
        return found;

        void Put(string name, double bytes, Shares places)
        {
            if (places.Device * bytes > 0) found.Add(new ResidentBuffer(name, 0, places.Device * bytes));
            if (places.Host * bytes > 0) found.Add(new ResidentBuffer(name, 1, places.Host * bytes));
            if (places.Flash * bytes > 0) found.Add(new ResidentBuffer(name, 2, places.Flash * bytes));
        }
    }

    /// <summary>Names of the operators that end a section, from which the next one gets its input.</summary>
    private string[] LastNames() => [.. _model.Groups.Select(g => g.Operators[^1].Name).Distinct()];
}
