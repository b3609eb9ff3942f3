namespace LlmSim.Graphs.Onnx;

/// <summary>An ONNX model as it stands in its file (ModelProto), without the bytes of its large tensors.</summary>
public sealed record OnnxModel
{
    /// <summary>Version of the format (ir_version).</summary>
    public long IrVersion { get; init; }

    /// <summary>Who wrote the file.</summary>
    public string ProducerName { get; init; } = "";

    /// <summary>Its version.</summary>
    public string ProducerVersion { get; init; } = "";

    /// <summary>Operator sets by domain; the standard domain is "".</summary>
    public IReadOnlyDictionary<string, long> OpsetImports { get; init; } = new Dictionary<string, long>();

    /// <summary>Free key-value pairs (metadata_props).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];

    /// <summary>The main graph.</summary>
    public required OnnxGraph Graph { get; init; }

    /// <summary>Local functions.</summary>
    public IReadOnlyList<OnnxFunction> Functions { get; init; } = [];
}

/// <summary>A graph (GraphProto).</summary>
public sealed record OnnxGraph
{
    /// <summary>Name; may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Nodes, in file order, which need not be topological.</summary>
    public IReadOnlyList<OnnxNode> Nodes { get; init; } = [];

    /// <summary>Constants: weights and small tables.</summary>
    public IReadOnlyList<OnnxTensor> Initializers { get; init; } = [];

    /// <summary>Inputs.</summary>
    public IReadOnlyList<OnnxValueInfo> Inputs { get; init; } = [];

    /// <summary>Outputs.</summary>
    public IReadOnlyList<OnnxValueInfo> Outputs { get; init; } = [];

    /// <summary>Types and shapes of inner values, where the exporter wrote them.</summary>
    public IReadOnlyList<OnnxValueInfo> ValueInfos { get; init; } = [];
}

/// <summary>A node (NodeProto).</summary>
public sealed record OnnxNode
{
    /// <summary>Name; may be empty or repeated.</summary>
    public string Name { get; init; } = "";

    /// <summary>Operator.</summary>
    public required string OpType { get; init; }

    /// <summary>Operator set it belongs to; "" is the standard one.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Names of its inputs; an empty name is an omitted optional input.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Names of its outputs; an empty name is an omitted optional output.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Attributes.</summary>
    public IReadOnlyList<OnnxAttribute> Attributes { get; init; } = [];
}

/// <summary>A local function (FunctionProto).</summary>
public sealed record OnnxFunction
{
    /// <summary>Name, which nodes call as their operator.</summary>
    public required string Name { get; init; }

    /// <summary>Domain of that operator.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Formal inputs.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Formal outputs.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Names of attributes that a caller gives.</summary>
    public IReadOnlyList<string> AttributeNames { get; init; } = [];

    /// <summary>Attributes with their defaults.</summary>
    public IReadOnlyList<OnnxAttribute> DefaultAttributes { get; init; } = [];

    /// <summary>Body.</summary>
    public IReadOnlyList<OnnxNode> Nodes { get; init; } = [];
}
