using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Tests.Import;

/// <summary>Builds small models for tests.</summary>
internal sealed class SmallGraph
{
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxTensor> _initializers = [];
    private readonly List<OnnxValueInfo> _inputs = [];
    private readonly List<OnnxValueInfo> _outputs = [];
    private readonly List<OnnxFunction> _functions = [];

    /// <summary>An input; a dimension is a long, a string, or null.</summary>
    public SmallGraph Input(string name, OnnxElementType type, params object?[] dims)
    {
        _inputs.Add(new OnnxValueInfo(name, type, Dims(dims)));
        return this;
    }

    public SmallGraph Output(string name, params object?[] dims)
    {
        _outputs.Add(new OnnxValueInfo(name, OnnxElementType.Undefined, dims.Length == 0 ? null : Dims(dims)));
        return this;
    }

    /// <summary>A weight without data.</summary>
    public SmallGraph Weight(string name, OnnxElementType type, params long[] dims)
    {
        _initializers.Add(new OnnxTensor { Name = name, ElementType = type, Dimensions = dims });
        return this;
    }

    public SmallGraph Initializer(OnnxTensor tensor)
    {
        _initializers.Add(tensor);
        return this;
    }

    /// <summary>A list of int64.</summary>
    public SmallGraph Integers(string name, params long[] values) => Initializer(Int64(name, [values.Length], values));

    /// <summary>One int64.</summary>
    public SmallGraph Integer(string name, long value) => Initializer(Int64(name, [], value));

    public SmallGraph Node(string opType, string[] inputs, string[] outputs, params OnnxAttribute[] attributes) =>
        Node(new OnnxNode { Name = $"{opType}_{_nodes.Count}", OpType = opType, Inputs = inputs, Outputs = outputs, Attributes = attributes });

    public SmallGraph Node(OnnxNode node)
    {
        _nodes.Add(node);
        return this;
    }

    public SmallGraph Function(OnnxFunction function)
    {
        _functions.Add(function);
        return this;
    }

    public OnnxModel Model() => new()
    {
        IrVersion = 10,
        ProducerName = "test",
        OpsetImports = new Dictionary<string, long> { [""] = 21, ["com.microsoft"] = 1 },
        Graph = new OnnxGraph { Name = "g", Nodes = _nodes, Initializers = _initializers, Inputs = _inputs, Outputs = _outputs },
        Functions = _functions,
    };

    public OnnxGraph Body() => Model().Graph;

    public byte[] Bytes() => OnnxWriter.ToBytes(Model());

    /// <summary>Through the bytes of a file and back.</summary>
    public Graph Import()
    {
        var errors = new InputErrors();
        var graph = Import(errors);
        errors.ThrowIfAny();
        return graph!;
    }

    public Graph? Import(InputErrors errors) =>
        OnnxReader.Read(Bytes(), "small.onnx", errors) is { } model ? GraphImport.From(model, "small.onnx", errors) : null;

    public static OnnxTensor Int64(string name, long[] dims, params long[] values)
    {
        var data = new byte[values.Length * 8];
        Buffer.BlockCopy(values, 0, data, 0, data.Length);
        return new OnnxTensor { Name = name, ElementType = OnnxElementType.Int64, Dimensions = dims, Data = data };
    }

    public static OnnxAttribute Int(string name, long value) => new() { Name = name, Kind = OnnxAttributeKind.Int, Int = value };

    private static OnnxDimension[] Dims(object?[] dims) => [.. dims.Select(d => d switch
    {
        long size => new OnnxDimension(size, null),
        int size => new OnnxDimension(size, null),
        string name => new OnnxDimension(null, name),
        _ => new OnnxDimension(null, null),
    })];
}
