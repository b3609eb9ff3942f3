namespace LlmSim.Graphs.Onnx;

/// <summary>Name, element type and shape of a value (ValueInfoProto with a tensor type).</summary>
/// <param name="Name">Name.</param>
/// <param name="ElementType">Element type; <see cref="OnnxElementType.Undefined"/> when the file does not say.</param>
/// <param name="Dimensions">Shape; null when the file gives none, so that even the rank is unknown.</param>
public sealed record OnnxValueInfo(string Name, OnnxElementType ElementType, IReadOnlyList<OnnxDimension>? Dimensions);

/// <summary>One dimension: a number, a named expression, or unknown when both are null.</summary>
/// <param name="Value">dim_value.</param>
/// <param name="Parameter">dim_param, which may be an expression such as "past_sequence_length + 1".</param>
public readonly record struct OnnxDimension(long? Value, string? Parameter);

/// <summary>A constant tensor (TensorProto): dims and type always, data only where it is small enough to matter for shapes.</summary>
public sealed record OnnxTensor
{
    /// <summary>Name; empty inside an attribute.</summary>
    public string Name { get; init; } = "";

    /// <summary>Shape; empty for a scalar.</summary>
    public IReadOnlyList<long> Dimensions { get; init; } = [];

    /// <summary>Element type.</summary>
    public OnnxElementType ElementType { get; init; }

    /// <summary>
    /// The elements, little-endian and densely packed as raw_data would hold them; null when they were not read (large, external, or absent).
    /// </summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Where the data lies outside the file; null when it is embedded or absent.</summary>
    public OnnxExternalData? External { get; init; }
}

/// <summary>A place in a data file beside the model.</summary>
/// <param name="Location">File, relative to the model; never opened outside the model's folder.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes; null when the file does not say.</param>
public sealed record OnnxExternalData(string Location, long Offset, long? Length);
