using System.Buffers.Binary;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Import;

/// <summary>Constant nodes, whose value stands in one of several attributes.</summary>
internal static class ConstantNodes
{
    /// <summary>The tensor that a Constant node holds.</summary>
    public static bool TryTensor(OnnxNode node, out OnnxTensor tensor)
    {
        tensor = new OnnxTensor();
        if (node.OpType is not "Constant" || node.Domain is not ("" or "ai.onnx") || node.Outputs.Count != 1 || node.Outputs[0].Length == 0) return false;
        foreach (var attribute in node.Attributes)
        {
            // value, value_int, value_floats …: the kind says as much as the name, and some exporters write "value" for all of them.
            if (!attribute.Name.StartsWith("value", StringComparison.Ordinal)) continue;
            switch (attribute.Kind)
            {
                case OnnxAttributeKind.Tensor when attribute.Tensor is { } value:
                    tensor = value;
                    return true;
                case OnnxAttributeKind.Int:
                    tensor = Of([attribute.Int], []);
                    return true;
                case OnnxAttributeKind.Ints:
                    tensor = Of(attribute.Ints, [attribute.Ints.Count]);
                    return true;
                case OnnxAttributeKind.Float:
                    tensor = Of([attribute.Float], []);
                    return true;
                case OnnxAttributeKind.Floats:
                    tensor = Of(attribute.Floats, [attribute.Floats.Count]);
                    return true;
                case OnnxAttributeKind.Text:
                    tensor = new OnnxTensor { ElementType = OnnxElementType.Text };
                    return true;
                case OnnxAttributeKind.Texts:
                    tensor = new OnnxTensor { ElementType = OnnxElementType.Text, Dimensions = [attribute.Texts.Count] };
                    return true;
            }
        }

        return false;
    }

    private static OnnxTensor Of(IReadOnlyList<long> values, IReadOnlyList<long> dimensions)
    {
        var data = new byte[values.Count * sizeof(long)];
        for (var i = 0; i < values.Count; i++) BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(i * sizeof(long)), values[i]);
        return new OnnxTensor { ElementType = OnnxElementType.Int64, Dimensions = dimensions, Data = data };
    }

    private static OnnxTensor Of(IReadOnlyList<float> values, IReadOnlyList<long> dimensions)
    {
        var data = new byte[values.Count * sizeof(float)];
        for (var i = 0; i < values.Count; i++) BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(i * sizeof(float)), values[i]);
        return new OnnxTensor { ElementType = OnnxElementType.Float, Dimensions = dimensions, Data = data };
    }
}
