using LlmSim.Files;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Import;

/// <summary>Imports ONNX models of any exporter, with weights embedded, in a data file, or absent.</summary>
public static class GraphImport
{
    /// <summary>Reads a file and imports its graph.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="errors">Receives everything that is wrong.</param>
    /// <returns>The graph; null when anything is wrong.</returns>
    public static Graph? Read(string path, InputErrors errors)
    {
        var model = OnnxReader.Read(path, errors);
        return model is null ? null : From(model, path, errors);
    }

    /// <summary>Imports the graph of a model that has been read or built.</summary>
    /// <param name="model">The model.</param>
    /// <param name="file">Its file, for errors, and to find small constants that lie in a data file beside it.</param>
    /// <param name="errors">Receives everything that is wrong.</param>
    /// <returns>The graph; null when anything is wrong.</returns>
    public static Graph? From(OnnxModel model, string file, InputErrors errors)
    {
        var before = errors.Count;
        var nodes = FunctionInlining.Expand(model, file, errors);
        if (errors.Count > before) return null;
        var graph = new GraphAssembly(file, errors).Main(model, nodes);
        return errors.Count > before ? null : graph;
    }
}
