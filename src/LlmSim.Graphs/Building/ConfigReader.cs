using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building;

/// <summary>
/// Reads the fields of a configuration with their bounds. A field that is missing or wrong is reported and yields a harmless value, so that one
/// reading finds all errors; relations between fields are checked only while <see cref="Ok"/>.
/// </summary>
internal sealed class ConfigReader
{
    // No model comes near these; they keep a hostile file from asking for unbounded work.
    private const int MaxSize = 1 << 24;
    private const int MaxLayers = 1024;
    private const int MaxContext = 1 << 30;

    private readonly ObjectReader _object;
    private readonly int _errorsBefore;

    public ConfigReader(JsonValue value, InputErrors errors)
    {
        _object = new ObjectReader(value, errors);
        _errorsBefore = errors.Count;
    }

    /// <summary>Whether everything read so far was in order.</summary>
    public bool Ok => _object.Errors.Count == _errorsBefore;

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string name) => _object.Has(name);

    /// <summary>A positive size that must be there.</summary>
    public int Size(string name) => (int)_object.Integer(name, 1, MaxSize);

    /// <summary>A positive size with a default.</summary>
    public int Size(string name, int fallback) => Has(name) ? Size(name) : fallback;

    /// <summary>A number of layers that must be there.</summary>
    public int Layers(string name) => (int)_object.Integer(name, 1, MaxLayers);

    /// <summary>A context length that must be there.</summary>
    public int Context(string name) => (int)_object.Integer(name, 1, MaxContext);

    /// <summary>A size that may be absent, null or zero, all meaning none.</summary>
    public int? OptionalSize(string name) => _object.Integer(name, 0, MaxSize, 0) is > 0 and var size ? (int)size : null;

    /// <summary>A count from 0 with a default.</summary>
    public int Count(string name, int fallback) => (int)_object.Integer(name, 0, MaxSize, fallback);

    /// <summary>True or false with a default.</summary>
    public bool Flag(string name, bool fallback) => _object.Flag(name, fallback);

    /// <summary>A number within bounds with a default.</summary>
    public double Number(string name, double min, double max, double fallback) => _object.Number(name, min, max, fallback);

    /// <summary>A text with a default.</summary>
    public string Text(string name, string fallback) => _object.Text(name, fallback);

    /// <summary>The small number that a norm adds to the variance.</summary>
    public float Epsilon(string name, double fallback = 1e-5) => (float)_object.Number(name, 0, 1, fallback);

    /// <summary>An inner object, or null.</summary>
    public ConfigReader? Object(string name) =>
        _object.Find(name) is { Kind: JsonValueKind.Object } inner ? new ConfigReader(inner, _object.Errors) : null;

    /// <summary>A list of whole numbers; empty when absent.</summary>
    public HashSet<int> Indexes(string name)
    {
        var indexes = new HashSet<int>();
        foreach (var item in _object.List(name))
        {
            var whole = item.Kind == JsonValueKind.Number && item.Number == Math.Floor(item.Number);
            if (whole && item.Number is >= 0 and < MaxLayers) indexes.Add((int)item.Number);
            else item.Report(_object.Errors, $"{item.Shown} is no index of a layer");
        }

        return indexes;
    }

    /// <summary>Reports what is wrong with a field.</summary>
    public void Refuse(string name, string problem, string remedy = "")
    {
        if (_object.Find(name) is { } value) value.Report(_object.Errors, problem, remedy);
        else _object.Errors.Add(_object.Value.File, _object.Value.Line, name, problem, remedy);
    }

    /// <summary>Refuses a flag that has the value which the builder cannot write.</summary>
    public void MustBe(string name, bool expected, bool fallback, string meaning)
    {
        if (Flag(name, fallback) != expected) Refuse(name, $"{(expected ? "false" : "true")} ({meaning}) is not supported");
    }

    /// <summary>Refuses a size that another does not divide.</summary>
    public void Divides(string divisor, int by, string name, int value)
    {
        if (Ok && value % by != 0) Refuse(name, $"{value} is not a multiple of {divisor} {by}");
    }

    /// <summary>Refuses a number of rotated dimensions that is odd, none, or more than a head has.</summary>
    public void Rotates(string name, int rotated, int headDim)
    {
        if (Ok && (rotated < 2 || rotated % 2 != 0 || rotated > headDim))
            Refuse(name, $"{rotated} rotated dimensions a head are not an even number from 2 to the head's {headDim}");
    }

    /// <summary>Refuses heads that are together wider than any size may be.</summary>
    public void Fits(string name, long heads, long width)
    {
        if (Ok && heads * width > MaxSize) Refuse(name, $"{heads} heads of {width} are wider than {MaxSize}");
    }

    /// <summary>The non-linear function of the feed-forward network.</summary>
    public Nonlinearity Function(string name, string fallback)
    {
        switch (Text(name, fallback))
        {
            case "silu" or "swish": return Nonlinearity.Silu;
            case "relu": return Nonlinearity.Relu;
            case "gelu": return Nonlinearity.Gelu;
            case "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh": return Nonlinearity.TanhGelu;
            case var other:
                Refuse(name, $"\"{other}\" is not a known activation function", "known: silu, relu, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh");
                return Nonlinearity.Silu;
        }
    }

    /// <summary>
    /// The sliding window of each layer, from sliding_window and, where the file lists them, layer_types.
    /// </summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="isSliding">Which layers slide where the file does not list them.</param>
    public IReadOnlyList<int?> Windows(int layers, Func<int, bool> isSliding)
    {
        var window = OptionalSize("sliding_window");
        var types = _object.List("layer_types");
        if (types.Count > 0 && types.Count != layers && Ok)
            Refuse("layer_types", $"lists {types.Count} layers, but num_hidden_layers is {layers}");
        var windows = new int?[layers];
        for (var i = 0; i < layers; i++)
        {
            var sliding = isSliding(i);
            if (i < types.Count) sliding = IsSliding(types[i]);
            windows[i] = sliding ? window : null;
            if (sliding && window is null && i < types.Count && Ok)
                Refuse("sliding_window", $"is missing, but layer {i} is of type sliding_attention");
        }

        return windows;
    }

    private bool IsSliding(JsonValue type)
    {
        if (type.Kind == JsonValueKind.String && type.Text is "sliding_attention" or "full_attention") return type.Text == "sliding_attention";
        type.Report(_object.Errors, $"{type.Shown} is a type of layer that the builder does not know", "known: full_attention, sliding_attention");
        return false;
    }
}
