using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>What one device executes of a model, as far as measured tables can know it: the formats of its products, the heads of its attention, the widths of its layers.</summary>
public sealed class MeasuredPart
{
    private readonly HashSet<MeasuredFormats> _products = [];
    private readonly HashSet<MeasuredHeads> _heads = [];
    private readonly Dictionary<string, (int Outputs, int Inputs)> _layers = new(StringComparer.Ordinal);
    private readonly MeasuredFormats _cache;

    /// <summary>A device's part.</summary>
    /// <param name="model">What the device executes, already shared among devices.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="devices">Devices that share each layer.</param>
    public MeasuredPart(LanguageModel model, Precision precision, int devices)
    {
        ArgumentNullException.ThrowIfNull(model);
        Devices = devices;
        _cache = MeasuredFormats.Cache(precision.KvCache);
        foreach (var step in model.Groups.SelectMany(g => g.Operators))
        {
            switch (step.Spec.Kernel)
            {
                case Linear linear:
                    _products.Add(MeasuredFormats.Product(precision.Activations, precision.WeightsOr(linear.Stored).Format));
                    _layers.TryAdd(step.Name, (linear.Outputs, linear.Inputs));
                    break;
                case Router router:
                    _products.Add(MeasuredFormats.Product(precision.Activations, precision.WeightsOr(router.Stored).Format));
                    break;
                case Attention attention when MeasuredHeads.Of(attention) is { } heads:
                    _heads.Add(heads);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Devices that share each layer.</summary>
    public int Devices { get; }

    /// <summary>Heads of its attention, where all of it is alike; null where there is none that tables know, or several kinds.</summary>
    public MeasuredHeads? Heads => _heads.Count == 1 ? _heads.First() : null;

    /// <summary>What it takes of tables, for people: "gemm bf16, attention of 32 heads, 8 KV heads, width 128 with a bf16 cache".</summary>
    public string Wanted => string.Join(", ", [
        .. _products.Select(p => "gemm " + p.Label).Order(StringComparer.Ordinal),
        .. _heads.Select(h => FormattableString.Invariant($"attention of {h.Heads} heads, {h.KvHeads} KV heads, width {h.Width} with a {_cache.Label} cache")).Order(StringComparer.Ordinal)]);

    /// <summary>Whether a point can say anything about its operators: products of its formats, attention with its very heads and cache.</summary>
    public bool Takes(in MeasuredShape shape) => shape.Class == MeasuredClass.Gemm ? _products.Contains(shape.Formats)
        : shape.Formats == _cache && _heads.Contains(new MeasuredHeads(shape.First, shape.Second, shape.Third));

    /// <summary>Outputs and inputs of a layer by its name in an engine ("gate_up_proj", "qkv_proj"), whose parts may stand alone here; null where it has no such layer.</summary>
    public (int Outputs, int Inputs)? Layer(string name) => _layers.TryGetValue(name, out var layer) ? layer : name switch
    {
        "gate_up_proj" => Packed("gate_proj", "up_proj"),
        "qkv_proj" => Packed("q_proj", "k_proj", "v_proj"),
        _ => null,
    };

    /// <summary>Outputs and inputs of the layers that an engine packs into one product, where they are products of their own here; empty otherwise.</summary>
    public IEnumerable<(int Outputs, int Inputs)> PartsOf(string name) => _layers.ContainsKey(name) ? []
        : (name switch { "gate_up_proj" => ["gate_proj", "up_proj"], "qkv_proj" => ["q_proj", "k_proj", "v_proj"], _ => Array.Empty<string>() })
            .Where(_layers.ContainsKey).Select(p => _layers[p]);

    private (int Outputs, int Inputs)? Packed(params string[] parts) =>
        parts.All(_layers.ContainsKey) ? (parts.Sum(p => _layers[p].Outputs), _layers[parts[0]].Inputs) : null;
}
