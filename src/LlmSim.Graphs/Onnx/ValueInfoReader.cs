using LlmSim.Files;
using LlmSim.Graphs.Collections;

namespace LlmSim.Graphs.Onnx;

/// <summary>Reads ValueInfoProto: name, element type and shape of a value.</summary>
internal sealed class ValueInfoReader(WireReader wire, string file, InputErrors errors)
{
    public OnnxValueInfo ValueInfo(long end, Action charge)
    {
        var name = "";
        var element = OnnxElementType.Undefined;
        Growing<OnnxDimension>? dimensions = null;
        while (wire.TryField(end, out var field, out var type))
        {
            charge();
            switch (field)
            {
                case 1: name = wire.Text(type, end); break; // name
                case 2: Type(wire.FieldEnd(type, end), ref element, ref dimensions, charge); break; // type
                default: wire.Skip(type, end); break;
            }
        }

        if (dimensions is not null)
        {
            foreach (var dimension in dimensions.Span)
                if (dimension.Value < 0) errors.Add(file, 0, name, $"dimension {dimension.Value} is negative", "export the model again");
        }

        return new OnnxValueInfo(name, element, dimensions);
    }

    /// <summary>TypeProto; sequences, maps and optionals are left without a type.</summary>
    private void Type(long end, ref OnnxElementType element, ref Growing<OnnxDimension>? dimensions, Action charge)
    {
        while (wire.TryField(end, out var field, out var type))
        {
            if (field != 1)
            {
                wire.Skip(type, end);
                continue;
            }

            var tensorEnd = wire.FieldEnd(type, end); // tensor_type
            while (wire.TryField(tensorEnd, out field, out type))
            {
                if (field == 1) element = TensorReader.ElementType(wire.Int(type, tensorEnd)); // elem_type
                else if (field == 2) Dimensions(wire.FieldEnd(type, tensorEnd), dimensions = [], charge); // shape
                else wire.Skip(type, tensorEnd);
            }
        }
    }

    private void Dimensions(long end, Growing<OnnxDimension> dimensions, Action charge)
    {
        while (wire.TryField(end, out var field, out var type))
        {
            charge();
            if (field != 1)
            {
                wire.Skip(type, end);
                continue;
            }

            var dimensionEnd = wire.FieldEnd(type, end); // dim
            long? value = null;
            string? parameter = null;
            while (wire.TryField(dimensionEnd, out field, out type))
            {
                if (field == 1) value = wire.Int(type, dimensionEnd); // dim_value
                else if (field == 2) parameter = wire.Text(type, dimensionEnd); // dim_param
                else wire.Skip(type, dimensionEnd);
            }

            dimensions.Add(new OnnxDimension(value, string.IsNullOrEmpty(parameter) ? null : parameter));
        }
    }
}
