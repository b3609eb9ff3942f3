using LlmSim.Files;

namespace LlmSim.Graphs.Onnx;

/// <summary>
/// Writes an <see cref="OnnxModel"/> in the ONNX wire format. Equal models give equal bytes. A tensor whose data was not read keeps its dims
/// and type, and its place in a data file if it names one, so that graphs travel without their weights.
/// </summary>
/// <remarks>Field numbers are those of onnx.proto; each is named where it is written.</remarks>
public static class OnnxWriter
{
    // TensorProto.DataLocation.EXTERNAL
    private const int ExternalLocation = 1;

    /// <summary>The bytes of the file.</summary>
    /// <param name="model">Model; its embedded data and the graph around it must stay below 2 GB, as in every protobuf file.</param>
    /// <exception cref="OverflowException">The file would exceed 2 GB.</exception>
    public static byte[] ToBytes(OnnxModel model)
    {
        var wire = new WireWriter();
        Model(wire, model);
        return wire.Written.ToArray();
    }

    /// <summary>Writes the file.</summary>
    /// <param name="model">Model.</param>
    /// <param name="path">Where; an existing file is replaced, whole or not at all.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteFile(OnnxModel model, string path) => AtomicFile.WriteBytes(path, ToBytes(model));

    private static void Model(WireWriter wire, OnnxModel model)
    {
        wire.Int(1, model.IrVersion);
        wire.TextUnlessEmpty(2, model.ProducerName);
        wire.TextUnlessEmpty(3, model.ProducerVersion);
        wire.Message(7, model.Graph, Graph);
        OpsetImports(wire, 8, model);
        foreach (var property in model.Metadata) wire.Message(14, property, Entry);
        foreach (var function in model.Functions) wire.Message(25, (function, model), static (w, f) => Function(w, f.function, f.model));
    }

    private static void OpsetImports(WireWriter wire, int field, OnnxModel model)
    {
        foreach (var import in model.OpsetImports.OrderBy(i => i.Key, StringComparer.Ordinal))
        {
            wire.Message(field, import, static (w, i) =>
            {
                w.TextUnlessEmpty(1, i.Key);
                w.Int(2, i.Value);
            });
        }
    }

    private static void Graph(WireWriter wire, OnnxGraph graph)
    {
        foreach (var node in graph.Nodes) wire.Message(1, node, Node);
        wire.TextUnlessEmpty(2, graph.Name);
        foreach (var tensor in graph.Initializers) wire.Message(5, tensor, Tensor);
        foreach (var input in graph.Inputs) wire.Message(11, input, ValueInfo);
        foreach (var output in graph.Outputs) wire.Message(12, output, ValueInfo);
        foreach (var value in graph.ValueInfos) wire.Message(13, value, ValueInfo);
    }

    private static void Node(WireWriter wire, OnnxNode node)
    {
        foreach (var input in node.Inputs) wire.Text(1, input);
        foreach (var output in node.Outputs) wire.Text(2, output);
        wire.TextUnlessEmpty(3, node.Name);
        wire.Text(4, node.OpType);
        foreach (var attribute in node.Attributes) wire.Message(5, attribute, Attribute);
        wire.TextUnlessEmpty(7, node.Domain);
    }

    private static void Attribute(WireWriter wire, OnnxAttribute attribute)
    {
        wire.Text(1, attribute.Name);
        switch (attribute.Kind)
        {
            // A reference to the caller's attribute has a kind but no value.
            case var _ when attribute.ReferredName.Length > 0: break;
            case OnnxAttributeKind.Float: wire.Float(2, attribute.Float); break;
            case OnnxAttributeKind.Int: wire.Int(3, attribute.Int); break;
            case OnnxAttributeKind.Text: wire.Text(4, attribute.Text); break;
            case OnnxAttributeKind.Tensor when attribute.Tensor is { } tensor: wire.Message(5, tensor, Tensor); break;
            case OnnxAttributeKind.Graph when attribute.Graph is { } graph: wire.Message(6, graph, Graph); break;
            case OnnxAttributeKind.Floats: foreach (var value in attribute.Floats) wire.Float(7, value); break;
            case OnnxAttributeKind.Ints: foreach (var value in attribute.Ints) wire.Int(8, value); break;
            case OnnxAttributeKind.Texts: foreach (var value in attribute.Texts) wire.Text(9, value); break;
        }

        wire.Int(20, (int)attribute.Kind);
        wire.TextUnlessEmpty(21, attribute.ReferredName);
    }

    private static void Tensor(WireWriter wire, OnnxTensor tensor)
    {
        foreach (var dimension in tensor.Dimensions) wire.Int(1, dimension);
        wire.Int(2, (int)tensor.ElementType);
        wire.TextUnlessEmpty(8, tensor.Name);
        if (tensor.External is not { } external)
        {
            if (tensor.Data is { } data) wire.Bytes(9, data.Span);
            return;
        }

        wire.Message(13, new KeyValuePair<string, string>("location", external.Location), Entry);
        wire.Message(13, new KeyValuePair<string, string>("offset", Invariant(external.Offset)), Entry);
        if (external.Length is { } length) wire.Message(13, new KeyValuePair<string, string>("length", Invariant(length)), Entry);
        wire.Int(14, ExternalLocation);
    }

    private static string Invariant(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static void Entry(WireWriter wire, KeyValuePair<string, string> entry)
    {
        wire.Text(1, entry.Key);
        wire.Text(2, entry.Value);
    }

    private static void ValueInfo(WireWriter wire, OnnxValueInfo value)
    {
        wire.Text(1, value.Name);
        wire.Message(2, value, static (type, v) => type.Message(1, v, static (tensor, v) =>
        {
            tensor.Int(1, (int)v.ElementType);
            if (v.Dimensions is { } dimensions) tensor.Message(2, dimensions, Shape);
        }));
    }

    private static void Shape(WireWriter wire, IReadOnlyList<OnnxDimension> dimensions)
    {
        foreach (var dimension in dimensions)
        {
            wire.Message(1, dimension, static (w, d) =>
            {
                if (d.Value is { } value) w.Int(1, value);
                else if (d.Parameter is { } parameter) w.Text(2, parameter);
            });
        }
    }

    private static void Function(WireWriter wire, OnnxFunction function, OnnxModel model)
    {
        wire.Text(1, function.Name);
        foreach (var input in function.Inputs) wire.Text(4, input);
        foreach (var output in function.Outputs) wire.Text(5, output);
        foreach (var name in function.AttributeNames) wire.Text(6, name);
        foreach (var node in function.Nodes) wire.Message(7, node, Node);
        // A function states its own operator sets; the records keep one set for the whole model.
        OpsetImports(wire, 9, model);
        wire.TextUnlessEmpty(10, function.Domain);
        foreach (var attribute in function.DefaultAttributes) wire.Message(11, attribute, Attribute);
    }
}
