namespace LlmSim.Graphs.Onnx;

/// <summary>An attribute of a node (AttributeProto). Only the member that its <see cref="Kind"/> names is meaningful.</summary>
public sealed record OnnxAttribute
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Which member holds the value.</summary>
    public OnnxAttributeKind Kind { get; init; }

    /// <summary>Inside a function body: the caller's attribute that this one takes its value from; "" otherwise.</summary>
    public string ReferredName { get; init; } = "";

    /// <summary>A float.</summary>
    public float Float { get; init; }

    /// <summary>An integer.</summary>
    public long Int { get; init; }

    /// <summary>A string (UTF-8 bytes decoded leniently).</summary>
    public string Text { get; init; } = "";

    /// <summary>A tensor.</summary>
    public OnnxTensor? Tensor { get; init; }

    /// <summary>A subgraph.</summary>
    public OnnxGraph? Graph { get; init; }

    /// <summary>Floats.</summary>
    public IReadOnlyList<float> Floats { get; init; } = [];

    /// <summary>Integers.</summary>
    public IReadOnlyList<long> Ints { get; init; } = [];

    /// <summary>Strings.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];
}

/// <summary>AttributeProto.AttributeType, with its numbers in the format.</summary>
public enum OnnxAttributeKind
{
    /// <summary>Not said; old files.</summary>
    Undefined = 0,

    /// <summary>One float.</summary>
    Float = 1,

    /// <summary>One integer.</summary>
    Int = 2,

    /// <summary>One string.</summary>
    Text = 3,

    /// <summary>One tensor.</summary>
    Tensor = 4,

    /// <summary>One subgraph.</summary>
    Graph = 5,

    /// <summary>Floats.</summary>
    Floats = 6,

    /// <summary>Integers.</summary>
    Ints = 7,

    /// <summary>Strings.</summary>
    Texts = 8,
}
