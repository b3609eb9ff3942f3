using System.Buffers.Binary;
using System.Globalization;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Building.Writing;

/// <summary>
/// Collects nodes, weights and constants of a graph under the names that onnxruntime-genai's builder gives them. Weights get a place in a data file
/// that nobody writes.
/// </summary>
internal sealed class GraphBuilder(NumberFormat activations)
{
    /// <summary>Domain of ONNX Runtime's own operators.</summary>
    public const string Microsoft = "com.microsoft";

    private const string DataFile = "model.onnx.data";

    // The ONNX documentation asks for page-aligned tensors, so that they can be mapped.
    private const long Alignment = 4096;

    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxTensor> _initializers = [];
    private readonly List<OnnxValueInfo> _inputs = [];
    private readonly List<OnnxValueInfo> _outputs = [];
    private readonly HashSet<string> _constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> _weights = new(StringComparer.Ordinal);
    private long _dataBytes;

    /// <summary>Type of activations, norms and biases.</summary>
    public OnnxElementType ActivationType { get; } = activations switch
    {
        NumberFormat.Fp32 => OnnxElementType.Float,
        NumberFormat.Bf16 => OnnxElementType.BFloat16,
        _ => OnnxElementType.Float16,
    };

    /// <summary>The graph as collected.</summary>
    public OnnxGraph Finish() => new()
    {
        Name = "main_graph",
        Nodes = _nodes,
        Initializers = _initializers,
        Inputs = _inputs,
        Outputs = _outputs,
    };

    /// <summary>An input of the graph; dimensions are numbers or names.</summary>
    public string Input(string name, OnnxElementType type, params object[] dimensions)
    {
        _inputs.Add(Value(name, type, dimensions));
        return name;
    }

    /// <summary>An output of the graph.</summary>
    public void Output(string name, OnnxElementType type, params object[] dimensions) => _outputs.Add(Value(name, type, dimensions));

    /// <summary>A node with one output, which is returned: the node's name with "/output_0".</summary>
    public string Add(
        string operation, string name, IReadOnlyList<string> inputs, IReadOnlyList<OnnxAttribute>? attributes = null, string domain = "")
    {
        var output = name + "/output_0";
        Add(operation, name, inputs, [output], attributes, domain);
        return output;
    }

    /// <summary>A node with named outputs.</summary>
    public void Add(
        string operation, string name, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs,
        IReadOnlyList<OnnxAttribute>? attributes = null, string domain = "") =>
        _nodes.Add(new OnnxNode
        {
            OpType = operation,
            Name = name,
            Domain = domain,
            Inputs = inputs,
            Outputs = outputs,
            Attributes = attributes ?? [],
        });

    /// <summary>A weight in the data file; asking again for the same name gives the same weight.</summary>
    public string Weight(string name, IReadOnlyList<long> dimensions, OnnxElementType? type = null)
    {
        if (!_weights.Add(name)) return name;
        var elementType = type ?? ActivationType;
        var bytes = BytesPerElement(elementType) * dimensions.Aggregate(1L, (product, d) => product * d);
        _initializers.Add(new OnnxTensor
        {
            Name = name,
            Dimensions = dimensions,
            ElementType = elementType,
            External = new OnnxExternalData(DataFile, _dataBytes, bytes),
        });
        _dataBytes = (_dataBytes + bytes + Alignment - 1) / Alignment * Alignment;
        return name;
    }

    /// <summary>A list of integers, for shapes, sizes and axes.</summary>
    public string Integers(params long[] values)
    {
        var data = new byte[8 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(8 * i), values[i]);
        var shown = string.Join(", ", values.Select(v => v.ToString(CultureInfo.InvariantCulture)));
        return Constant($"INT64/[{shown}]", new OnnxTensor { Dimensions = [values.Length], ElementType = OnnxElementType.Int64, Data = data });
    }

    /// <summary>One integer without dimensions.</summary>
    public string Integer(long value)
    {
        var data = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(data, value);
        return Constant("INT64/" + value.ToString(CultureInfo.InvariantCulture), new OnnxTensor { ElementType = OnnxElementType.Int64, Data = data });
    }

    /// <summary>One number of the activations' type.</summary>
    public string Number(float value)
    {
        byte[] data;
        switch (ActivationType)
        {
            case OnnxElementType.Float:
                data = new byte[4];
                BinaryPrimitives.WriteSingleLittleEndian(data, value);
                break;
            case OnnxElementType.Float16:
                data = new byte[2];
                BinaryPrimitives.WriteHalfLittleEndian(data, (Half)value);
                break;
            default: // bfloat16 is the upper half of a float, rounded to nearest
                data = new byte[2];
                BinaryPrimitives.WriteUInt16LittleEndian(data, (ushort)((BitConverter.SingleToUInt32Bits(value) + 0x8000) >> 16));
                break;
        }

        return Constant(
            ActivationType.ToString().ToUpperInvariant() + "/" + value.ToString("R", CultureInfo.InvariantCulture),
            new OnnxTensor { ElementType = ActivationType, Data = data });
    }

    /// <summary>Name of a node's weight: "/model/layers.0/mlp/up_proj" → "model.layers.0.mlp.up_proj".</summary>
    public static string WeightPath(string nodePath) => nodePath.TrimStart('/').Replace('/', '.');

    /// <summary>A matrix times activations, as MatMul or MatMulNBits, and a bias where there is one.</summary>
    /// <param name="path">Node path: "/model/layers.0/attn/o_proj".</param>
    /// <param name="input">Activations [.., K].</param>
    /// <param name="reduction">K.</param>
    /// <param name="outputs">N.</param>
    /// <param name="format">Storage.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="outputName">Name of the result; null for the usual one.</param>
    public string Linear(
        string path, string input, long reduction, long outputs, MatrixFormat format, bool bias = false, string? outputName = null)
    {
        var weight = WeightPath(path) + ".MatMul.weight";
        // The real builder names the result after MatMul even when the node is MatMulNBits.
        var product = outputName is not null && !bias ? outputName : path + "/MatMul/output_0";
        if (format.Quantised)
        {
            var blocks = format.Blocks(reduction);
            var suffix = "_Q" + format.Bits.ToString(CultureInfo.InvariantCulture);
            List<string> inputs =
            [
                input,
                Weight(weight + suffix, [outputs, blocks, format.BytesPerBlock], OnnxElementType.UInt8),
                Weight(weight + "_scales", [outputs, blocks]),
            ];
            if (format.ZeroPoints) inputs.Add(Weight(weight + "_zero_points", [outputs, (blocks * format.Bits + 7) / 8], OnnxElementType.UInt8));
            Add("MatMulNBits", path + "/MatMul" + suffix, inputs, [product],
            [
                Attributes.Int("K", reduction),
                Attributes.Int("N", outputs),
                Attributes.Int("bits", format.Bits),
                Attributes.Int("block_size", format.BlockSize),
            ], Microsoft);
        }
        else
        {
            Add("MatMul", path + "/MatMul", [input, Weight(weight, [reduction, outputs])], [product]);
        }

        if (!bias) return product;
        var sum = outputName ?? path + "/Add/output_0";
        Add("Add", path + "/Add", [product, Weight(WeightPath(path) + ".Add.bias", [outputs])], [sum]);
        return sum;
    }

    /// <summary>A number of bytes for every type that the builder writes.</summary>
    private static long BytesPerElement(OnnxElementType type) => type switch
    {
        OnnxElementType.Float => 4,
        OnnxElementType.Float16 or OnnxElementType.BFloat16 => 2,
        OnnxElementType.UInt8 or OnnxElementType.Float8E8M0 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    // Constants are nodes, as in the real builder, made where they are first needed and shared afterwards.
    private string Constant(string key, OnnxTensor value)
    {
        var name = "/model/constants/" + key;
        if (!_constants.Add(key)) return name;
        var attribute = new OnnxAttribute { Name = "value", Kind = OnnxAttributeKind.Tensor, Tensor = value };
        Add("Constant", "/model/constant_nodes/" + key, [], [name], [attribute]);
        return name;
    }

    private static OnnxValueInfo Value(string name, OnnxElementType type, object[] dimensions) =>
        new(name, type, dimensions.Select(d => d is string parameter
            ? new OnnxDimension(null, parameter)
            : new OnnxDimension(Convert.ToInt64(d, CultureInfo.InvariantCulture), null)).ToList());
}
