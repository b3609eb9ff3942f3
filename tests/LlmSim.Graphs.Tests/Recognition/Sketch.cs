using System.Runtime.InteropServices;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>Writes small graphs, one call a node.</summary>
internal sealed class Sketch
{
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxTensor> _initializers = [];
    private readonly List<OnnxValueInfo> _inputs = [];
    private readonly List<OnnxValueInfo> _outputs = [];
    private int _count;

    public string Input(string name, OnnxElementType type, params object[] dims)
    {
        _inputs.Add(new OnnxValueInfo(name, type, [.. dims.Select(d => d is string s ? new OnnxDimension(null, s) : new OnnxDimension(Convert.ToInt64(d), null))]));
        return name;
    }

    public string Output(string name, params object[] dims)
    {
        _outputs.Add(new OnnxValueInfo(
            name, OnnxElementType.Float, [.. dims.Select(d => d is string s ? new OnnxDimension(null, s) : new OnnxDimension(Convert.ToInt64(d), null))]));
        return name;
    }

    /// <summary>A float weight without data.</summary>
    public string Weight(params long[] dims)
    {
        var name = "w" + _count++;
        _initializers.Add(new OnnxTensor { Name = name, Dimensions = dims, ElementType = OnnxElementType.Float });
        return name;
    }

    public string Number(float value)
    {
        var name = "c" + _count++;
        _initializers.Add(new OnnxTensor { Name = name, Dimensions = [], ElementType = OnnxElementType.Float, Data = BitConverter.GetBytes(value) });
        return name;
    }

    public string Ints(params long[] values)
    {
        var name = "i" + _count++;
        var data = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        _initializers.Add(new OnnxTensor { Name = name, Dimensions = [values.Length], ElementType = OnnxElementType.Int64, Data = data });
        return name;
    }

    public string Int(long value)
    {
        var name = "i" + _count++;
        _initializers.Add(new OnnxTensor { Name = name, Dimensions = [], ElementType = OnnxElementType.Int64, Data = BitConverter.GetBytes(value) });
        return name;
    }

    /// <summary>A node of one result, whose name is returned. Attributes: name, value, name, value…; long, long[], float or string.</summary>
    public string Node(string op, string[] inputs, params object[] attributes) => NodeAs("v" + _count++, op, inputs, attributes);

    /// <summary>A node with a given result.</summary>
    public string NodeAs(string output, string op, string[] inputs, params object[] attributes)
    {
        Add(op, inputs, [output], attributes);
        return output;
    }

    /// <summary>A node with several results.</summary>
    public string[] Nodes(string op, int results, string[] inputs, params object[] attributes)
    {
        var outputs = Enumerable.Range(0, results).Select(_ => "v" + _count++).ToArray();
        Add(op, inputs, outputs, attributes);
        return outputs;
    }

    public OnnxGraph Graph() => new() { Name = "sketch", Nodes = _nodes, Initializers = _initializers, Inputs = _inputs, Outputs = _outputs };

    public OnnxModel Model() => new()
    {
        IrVersion = 8,
        OpsetImports = new Dictionary<string, long> { [""] = 17, ["com.microsoft"] = 1, ["com.example"] = 1 },
        Graph = Graph(),
    };

    private void Add(string op, string[] inputs, string[] outputs, object[] attributes)
    {
        var at = op.IndexOf(':', StringComparison.Ordinal);
        _nodes.Add(new OnnxNode
        {
            OpType = op[(at + 1)..],
            Domain = at < 0 ? "" : op[..at],
            Inputs = inputs,
            Outputs = outputs,
            Attributes = [.. attributes.Chunk(2).Select(Attribute)],
        });
    }

    private static OnnxAttribute Attribute(object[] pair)
    {
        var name = (string)pair[0];
        return pair[1] switch
        {
            long i => new OnnxAttribute { Name = name, Kind = OnnxAttributeKind.Int, Int = i },
            int i => new OnnxAttribute { Name = name, Kind = OnnxAttributeKind.Int, Int = i },
            long[] list => new OnnxAttribute { Name = name, Kind = OnnxAttributeKind.Ints, Ints = list },
            float f => new OnnxAttribute { Name = name, Kind = OnnxAttributeKind.Float, Float = f },
            string s => new OnnxAttribute { Name = name, Kind = OnnxAttributeKind.Text, Text = s },
            OnnxGraph g => new OnnxAttribute { Name = name, Kind = OnnxAttributeKind.Graph, Graph = g },
            _ => throw new ArgumentException(name),
        };
    }
}
