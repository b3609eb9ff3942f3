using LlmSim.Files;

namespace LlmSim.Graphs.Onnx;

/// <summary>
/// Reads ONNX models. Data of large tensors is passed over, never read; see <see cref="OnnxTensor.Data"/>. Files may come from anywhere:
/// whatever is in them, memory and depth stay bounded, and what is wrong is reported, not thrown.
/// </summary>
/// <remarks>Field numbers are those of onnx.proto; each is named where it is read.</remarks>
public static class OnnxReader
{
    /// <summary>Subgraphs within subgraphs that are followed.</summary>
    public const int MaxDepth = 32;

    /// <summary>Nodes, tensors, attributes, names and list elements in one file. A 100-layer TorchScript export has some 300,000.</summary>
    public const int MaxItems = 8_000_000;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <returns>The model; null when the file could not be read to its end.</returns>
    public static OnnxModel? Read(string path, InputErrors errors)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return Read(new WireReader(file, RandomAccess.GetLength(file)), path, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            errors.Add(path, 0, "", e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : $"cannot be read: {e.Message}");
            return null;
        }
    }

    /// <summary>Reads a model from memory.</summary>
    /// <param name="bytes">The bytes of an .onnx file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <returns>The model; null when the bytes could not be read to their end.</returns>
    public static OnnxModel? Read(byte[] bytes, string name, InputErrors errors) => Read(new WireReader(bytes), name, errors);

    private static OnnxModel? Read(WireReader wire, string file, InputErrors errors)
    {
        const string Remedy = "give a complete .onnx file";
        if (wire.Length == 0)
        {
            errors.Add(file, 0, "", "the file is empty", Remedy);
            return null;
        }

        try
        {
            var model = new ModelReader(wire, file, errors).Model();
            if (model is null) errors.Add(file, 0, "", "holds no graph: it is not an ONNX model", Remedy);
            return model;
        }
        catch (OnnxFormatException e)
        {
            errors.Add(file, 0, e.Member, "not an ONNX model, or damaged: " + e.Message, Remedy);
            return null;
        }
    }
}
