using LlmSim.Files;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Import;

/// <summary>
/// Fetches small integer constants, which may feed shapes, from the data files beside a model. A data file that is absent is no error; a
/// place outside the model's folder is one, and is never opened.
/// </summary>
internal sealed class ExternalConstants(string file, InputErrors errors)
{
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    /// <summary>The tensor, with its data where that is small, of integers, and there.</summary>
    public OnnxTensor WithData(OnnxTensor tensor)
    {
        if (tensor.External is not { } external) return tensor;
        if (!IsInside(external.Location))
        {
            if (_refused.Add(external.Location))
            {
                errors.Add(file, 0, tensor.Name, $"its data is said to lie in \"{external.Location}\", outside the model's folder",
                    "keep data files in the folder of the model");
            }

            return tensor;
        }

        if (tensor.Data is not null || !tensor.ElementType.IsInteger()) return tensor;
        var bytes = OnnxElements.Bytes(tensor.ElementType, tensor.Dimensions);
        if (bytes is <= 0 or > TensorReader.MaxIntegerBytes || (external.Length is { } length && length != bytes)) return tensor;
        return Read(external, (int)bytes) is { } data ? tensor with { Data = data } : tensor;
    }

    /// <summary>Whether a location stays in the model's folder by its name: relative, without "..", on any system.</summary>
    private static bool IsInside(string location)
    {
        if (Path.IsPathRooted(location) || location.Contains(':', StringComparison.Ordinal) || location.StartsWith('\\')) return false;
        foreach (var part in location.Split('/', '\\'))
            if (part == "..") return false;
        return true;
    }

    private byte[]? Read(OnnxExternalData external, int bytes)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(file));
            if (folder is null) return null;
            var path = Path.Combine(folder, external.Location);

            // Links are not followed: they could lead outside.
            for (var part = path; part is not null && part.Length > folder.Length; part = Path.GetDirectoryName(part))
                if (File.ResolveLinkTarget(part, returnFinalTarget: false) is not null) return null;
            // Also keeps pipes and devices, whose length is 0, from being opened.
            var info = new FileInfo(path);
            if (!info.Exists || info.Length - bytes < external.Offset) return null;
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var data = new byte[bytes];
            return RandomAccess.Read(handle, data, external.Offset) == bytes ? data : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
