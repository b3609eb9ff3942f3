using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Building.Writing;

/// <summary>Short ways to write attributes.</summary>
internal static class Attributes
{
    public static OnnxAttribute Int(string name, long value) => new() { Name = name, Kind = OnnxAttributeKind.Int, Int = value };

    public static OnnxAttribute Float(string name, float value) => new() { Name = name, Kind = OnnxAttributeKind.Float, Float = value };

    public static OnnxAttribute Text(string name, string value) => new() { Name = name, Kind = OnnxAttributeKind.Text, Text = value };

    public static OnnxAttribute Ints(string name, params long[] values) => new() { Name = name, Kind = OnnxAttributeKind.Ints, Ints = values };
}
