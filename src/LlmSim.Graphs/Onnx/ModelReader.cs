using LlmSim.Files;
using LlmSim.Graphs.Collections;

namespace LlmSim.Graphs.Onnx;

/// <summary>One reading of a model: the messages of onnx.proto, one method each.</summary>
internal sealed class ModelReader(WireReader wire, string file, InputErrors errors)
{
    private static readonly Growing<float> NoFloats = new();
    private static readonly Growing<long> NoInts = new();

    private readonly TensorReader _tensors = new(wire, file, errors);
    private readonly ValueInfoReader _values = new(wire, file, errors);
    private int _items;
    private int _depth;

    /// <summary>ModelProto; null when it holds no graph.</summary>
    public OnnxModel? Model()
    {
        var end = wire.Length;
        long irVersion = 0;
        string producer = "", producerVersion = "";
        OnnxGraph? graph = null;
        var opsets = new Dictionary<string, long>(StringComparer.Ordinal);
        var metadata = new List<KeyValuePair<string, string>>();
        var functions = new List<OnnxFunction>();
        while (wire.TryField(end, out var field, out var type))
        {
            Charge();
            switch (field)
            {
                case 1: irVersion = wire.Int(type, end); break; // ir_version
                case 2: producer = wire.Text(type, end); break; // producer_name
                case 3: producerVersion = wire.Text(type, end); break; // producer_version
                case 7: graph = Graph(wire.FieldEnd(type, end)); break; // graph
                case 8: Opset(wire.FieldEnd(type, end), opsets); break; // opset_import
                case 14: metadata.Add(Entry(wire.FieldEnd(type, end))); break; // metadata_props
                case 25: functions.Add(Function(wire.FieldEnd(type, end))); break; // functions
                default: wire.Skip(type, end); break;
            }
        }

        if (graph is null) return null;
        return new OnnxModel
        {
            IrVersion = irVersion,
            ProducerName = producer,
            ProducerVersion = producerVersion,
            OpsetImports = opsets,
            Metadata = metadata,
            Graph = graph,
            Functions = functions,
        };
    }

    private OnnxGraph Graph(long end)
    {
        if (++_depth > OnnxReader.MaxDepth) throw WireReader.Bad($"subgraphs are nested more than {OnnxReader.MaxDepth} deep");
        var name = "";
        var nodes = new List<OnnxNode>();
        var initializers = new List<OnnxTensor>();
        var inputs = new List<OnnxValueInfo>();
        var outputs = new List<OnnxValueInfo>();
        var values = new List<OnnxValueInfo>();
        while (wire.TryField(end, out var field, out var type))
        {
            Charge();
            switch (field)
            {
                case 1: nodes.Add(Node(wire.FieldEnd(type, end))); break; // node
                case 2: name = wire.Text(type, end); break; // name
                case 5: initializers.Add(_tensors.Tensor(wire.FieldEnd(type, end), Charge)); break; // initializer
                case 11: inputs.Add(_values.ValueInfo(wire.FieldEnd(type, end), Charge)); break; // input
                case 12: outputs.Add(_values.ValueInfo(wire.FieldEnd(type, end), Charge)); break; // output
                case 13: values.Add(_values.ValueInfo(wire.FieldEnd(type, end), Charge)); break; // value_info
                case 15: initializers.Add(SparseTensor(wire.FieldEnd(type, end))); break; // sparse_initializer
                default: wire.Skip(type, end); break;
            }
        }

        _depth--;
        return new OnnxGraph { Name = name, Nodes = nodes, Initializers = initializers, Inputs = inputs, Outputs = outputs, ValueInfos = values };
    }

    private OnnxNode Node(long end)
    {
        string name = "", opType = "", domain = "";
        List<string>? inputs = null, outputs = null;
        List<OnnxAttribute>? attributes = null;
        while (wire.TryField(end, out var field, out var type))
        {
            Charge();
            switch (field)
            {
                case 1: (inputs ??= new(4)).Add(wire.Text(type, end)); break; // input
                case 2: (outputs ??= new(1)).Add(wire.Text(type, end)); break; // output
                case 3: name = wire.Text(type, end); break; // name
                case 4: opType = wire.Text(type, end); break; // op_type
                case 5: (attributes ??= new(2)).Add(Attribute(wire.FieldEnd(type, end))); break; // attribute
                case 7: domain = wire.Text(type, end); break; // domain
                default: wire.Skip(type, end); break;
            }
        }

        return new OnnxNode { Name = name, OpType = opType, Domain = domain, Inputs = inputs ?? [], Outputs = outputs ?? [], Attributes = attributes ?? [] };
    }

    private OnnxAttribute Attribute(long end)
    {
        string name = "", referred = "", text = "";
        float real = 0;
        long whole = 0, kind = 0;
        OnnxTensor? tensor = null;
        OnnxGraph? graph = null;
        Growing<float>? reals = null;
        Growing<long>? wholes = null;
        List<string>? texts = null;
        var seen = OnnxAttributeKind.Undefined;
        while (wire.TryField(end, out var field, out var type))
        {
            Charge();
            if (field is >= 2 and <= 9) seen = (OnnxAttributeKind)(field - 1);
            switch (field)
            {
                case 1: name = wire.Text(type, end); break; // name
                case 2: real = wire.Float(type, end); break; // f
                case 3: whole = wire.Int(type, end); break; // i
                case 4: text = Bytes(type, end); break; // s
                case 5: tensor = _tensors.Tensor(wire.FieldEnd(type, end), Charge); break; // t
                case 6: graph = Graph(wire.FieldEnd(type, end)); break; // g
                case 7: Floats(type, end, reals ??= []); break; // floats
                case 8: wire.Ints(type, end, wholes ??= [], Charge); break; // ints
                case 9: (texts ??= []).Add(Bytes(type, end)); break; // strings
                case 20: kind = wire.Int(type, end); break; // type
                case 21: referred = wire.Text(type, end); break; // ref_attr_name
                default: wire.Skip(type, end); break;
            }
        }

        // Files before IR version 2 do not say the kind: it is the member that is there.
        return new OnnxAttribute
        {
            Name = name,
            Kind = kind is > 0 and <= (long)OnnxAttributeKind.Texts ? (OnnxAttributeKind)kind : kind == 0 ? seen : OnnxAttributeKind.Undefined,
            ReferredName = referred,
            Float = real,
            Int = whole,
            Text = text,
            Tensor = tensor,
            Graph = graph,
            Floats = reals ?? NoFloats,
            Ints = wholes ?? NoInts,
            Texts = texts ?? [],
        };
    }

    /// <summary>A text attribute. One that is too long to be an option of an operator (a compiled engine, say) is left empty.</summary>
    private string Bytes(int type, long end)
    {
        var start = wire.Position;
        var stop = wire.FieldEnd(type, end);
        if (stop - wire.Position > 4096)
        {
            wire.Position = stop;
            return "";
        }

        wire.Position = start;
        return wire.Text(type, end);
    }

    private void Floats(int type, long end, Growing<float> list)
    {
        if (type == 5)
        {
            list.Add(wire.Float(type, end));
            return;
        }

        var stop = wire.FieldEnd(type, end);
        while (wire.Position < stop)
        {
            Charge();
            list.Add(wire.Float(5, stop));
        }
    }

    /// <summary>SparseTensorProto, as the dense tensor that it stands for, without data.</summary>
    private OnnxTensor SparseTensor(long end)
    {
        var values = new OnnxTensor();
        var dimensions = new Growing<long>();
        while (wire.TryField(end, out var field, out var type))
        {
            Charge();
            switch (field)
            {
                case 1: values = _tensors.Tensor(wire.FieldEnd(type, end), Charge); break; // values
                case 3: wire.Ints(type, end, dimensions, Charge); break; // dims
                default: wire.Skip(type, end); break;
            }
        }

        _tensors.CheckDimensions(values.Name, dimensions);
        return new OnnxTensor { Name = values.Name, ElementType = values.ElementType, Dimensions = dimensions };
    }

    private OnnxFunction Function(long end)
    {
        string name = "", domain = "";
        var inputs = new List<string>();
        var outputs = new List<string>();
        var attributeNames = new List<string>();
        var defaults = new List<OnnxAttribute>();
        var nodes = new List<OnnxNode>();
        while (wire.TryField(end, out var field, out var type))
        {
            Charge();
            switch (field)
            {
                case 1: name = wire.Text(type, end); break; // name
                case 4: inputs.Add(wire.Text(type, end)); break; // input
                case 5: outputs.Add(wire.Text(type, end)); break; // output
                case 6: attributeNames.Add(wire.Text(type, end)); break; // attribute
                case 7: nodes.Add(Node(wire.FieldEnd(type, end))); break; // node
                case 10: domain = wire.Text(type, end); break; // domain
                case 11: defaults.Add(Attribute(wire.FieldEnd(type, end))); break; // attribute_proto
                default: wire.Skip(type, end); break;
            }
        }

        return new OnnxFunction
        {
            Name = name,
            Domain = domain,
            Inputs = inputs,
            Outputs = outputs,
            AttributeNames = attributeNames,
            DefaultAttributes = defaults,
            Nodes = nodes,
        };
    }

    private void Opset(long end, Dictionary<string, long> opsets)
    {
        var domain = "";
        long version = 0;
        while (wire.TryField(end, out var field, out var type))
        {
            if (field == 1) domain = wire.Text(type, end); // domain
            else if (field == 2) version = wire.Int(type, end); // version
            else wire.Skip(type, end);
        }

        opsets[domain is "ai.onnx" ? "" : domain] = version;
    }

    private KeyValuePair<string, string> Entry(long end)
    {
        string key = "", value = "";
        while (wire.TryField(end, out var field, out var type))
        {
            if (field == 1) key = wire.Text(type, end); // key
            else if (field == 2) value = Bytes(type, end); // value
            else wire.Skip(type, end);
        }

        return new(key, value);
    }

    private void Charge()
    {
        if (++_items > OnnxReader.MaxItems) throw WireReader.Bad($"more than {OnnxReader.MaxItems:N0} nodes, tensors, attributes and names");
    }
}
