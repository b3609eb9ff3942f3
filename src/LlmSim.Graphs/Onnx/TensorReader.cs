using LlmSim.Files;
using LlmSim.Graphs.Collections;

namespace LlmSim.Graphs.Onnx;

/// <summary>Reads TensorProto: dims and type always, data only where it is small, in whichever of its fields it stands.</summary>
internal sealed class TensorReader(WireReader wire, string file, InputErrors errors)
{
    /// <summary>Longest data kept of an integer or bool tensor, in bytes: enough for any shape, axes, or index list.</summary>
    public const int MaxIntegerBytes = 8192;

    /// <summary>Longest data kept of a floating-point tensor, in bytes: scalars and the like.</summary>
    public const int MaxFloatBytes = 64;

    private const string Remedy = "export the model again";

    /// <summary>The type of an enum number; undefined for a number that is none.</summary>
    public static OnnxElementType ElementType(long number) =>
        number is > 0 and <= (long)OnnxElementType.Int2 ? (OnnxElementType)number : OnnxElementType.Undefined;

    /// <param name="end">End of the message.</param>
    /// <param name="charge">Counts one item against the bound of the file.</param>
    public OnnxTensor Tensor(long end, Action charge)
    {
        var name = "";
        var dimensions = new Growing<long>(2);
        var element = OnnxElementType.Undefined;
        var typed = new TypedData();
        long rawStart = 0, rawLength = -1;
        List<KeyValuePair<string, string>>? external = null;
        long location = 0;
        while (wire.TryField(end, out var field, out var type))
        {
            charge();
            switch (field)
            {
                case 1: wire.Ints(type, end, dimensions, charge); break; // dims
                case 2: element = ElementType(wire.Int(type, end)); break; // data_type
                case 4: typed.Fixed(wire, type, end, 4); break; // float_data
                case 5: typed.Varints(wire, type, end); break; // int32_data
                case 7: typed.Varints(wire, type, end); break; // int64_data
                case 8: name = wire.Text(type, end); break; // name
                case 9: // raw_data
                    var rawEnd = wire.FieldEnd(type, end);
                    rawStart = wire.Position;
                    rawLength = rawEnd - rawStart;
                    wire.Position = rawEnd;
                    break;
                case 10: typed.Fixed(wire, type, end, 8); break; // double_data
                case 11: typed.Varints(wire, type, end); break; // uint64_data
                case 13: (external ??= new(3)).Add(Entry(wire.FieldEnd(type, end))); break; // external_data
                case 14: location = wire.Int(type, end); break; // data_location
                default: wire.Skip(type, end); break;
            }
        }

        if (!CheckDimensions(name, dimensions)) return new OnnxTensor { Name = name, ElementType = element, Dimensions = dimensions };
        var bytes = OnnxElements.Bytes(element, dimensions);
        ReadOnlyMemory<byte>? data = null;
        if (rawLength >= 0)
        {
            if (rawLength > 0 && bytes >= 0 && rawLength != bytes)
                errors.Add(file, 0, name, $"its dims {Text(dimensions)} ask for {bytes} bytes of {element}, but it holds {rawLength}", Remedy);
            else if (IsKept(element, rawLength) && rawLength == bytes) data = Raw(rawStart, (int)rawLength, end);
        }
        else if (typed.Count > 0 || bytes == 0)
        {
            if (typed.Normalised(element, bytes) is { } normalised) data = normalised;
        }

        return new OnnxTensor
        {
            Name = name,
            ElementType = element,
            Dimensions = dimensions,
            Data = data,
            External = location == 1 || external is not null ? External(name, external) : null,
        };
    }

    /// <summary>Reports negative dims and products beyond 2⁶².</summary>
    public bool CheckDimensions(string name, Growing<long> dimensions)
    {
        long elements = 1;
        for (var i = 0; i < dimensions.Count; i++)
        {
            var dimension = dimensions[i];
            if (dimension < 0)
            {
                errors.Add(file, 0, name, $"dimension {dimension} is negative", Remedy);
                return false;
            }

            if (Math.BigMul(elements, dimension, out elements) == 0 && elements is >= 0 and <= 1L << 62) continue;
            errors.Add(file, 0, name, $"its dims {Text(dimensions)} make more elements than can be counted", Remedy);
            return false;
        }

        return true;
    }

    private static bool IsKept(OnnxElementType element, long bytes) =>
        bytes <= (OnnxElements.IsInteger(element) ? MaxIntegerBytes : MaxFloatBytes);

    private static string Text(Growing<long> dimensions) => "[" + string.Join(", ", dimensions) + "]";

    private byte[] Raw(long start, int length, long end)
    {
        var after = wire.Position;
        wire.Position = start;
        var data = wire.Take(length, end).ToArray();
        wire.Position = after;
        return data;
    }

    private KeyValuePair<string, string> Entry(long end)
    {
        string key = "", value = "";
        while (wire.TryField(end, out var field, out var type))
        {
            if (field == 1) key = wire.Text(type, end); // key
            else if (field == 2) value = wire.Text(type, end); // value
            else wire.Skip(type, end);
        }

        return new(key, value);
    }

    private OnnxExternalData? External(string name, List<KeyValuePair<string, string>>? entries)
    {
        var location = "";
        long offset = 0;
        long? length = null;
        foreach (var (key, value) in entries ?? [])
        {
            switch (key)
            {
                case "location": location = value; break;
                case "offset": offset = Number(name, key, value); break;
                case "length": length = Number(name, key, value); break;
            }
        }

        if (location.Length > 0) return new OnnxExternalData(location, offset, length);
        errors.Add(file, 0, name, "its data is external, but no location is given", Remedy);
        return null;
    }

    private long Number(string name, string key, string value)
    {
        if (long.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)) return number;
        errors.Add(file, 0, name, $"external {key} \"{value}\" is not a number ≥ 0", Remedy);
        return 0;
    }
}
