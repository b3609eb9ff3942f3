using LlmSim.Files;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Recognition;

namespace LlmSim.Studies.Models;

/// <summary>From what a user names to a recognised model.</summary>
public static class ModelLoading
{
    /// <summary>Loads a model.</summary>
    /// <param name="model">A catalogue name, an .onnx file, or a Hugging Face config.json.</param>
    /// <param name="errors">Takes everything that is wrong.</param>
    /// <returns>Null when anything is wrong.</returns>
    public static LanguageModel? Load(string model, InputErrors errors) =>
        LoadGraph(model, errors) is { } loaded ? ModelRecognition.Recognise(loaded.Graph, loaded.Source.Name) : null;

    /// <summary>Loads a model's graph without recognising its operators.</summary>
    /// <returns>Null when anything is wrong.</returns>
    public static LoadedGraph? LoadGraph(string model, InputErrors errors)
    {
        var source = ModelSource.Resolve(model, errors);
        if (source is null) return null;
        var graph = GraphImport.From(source.Model, source.Path, errors);
        return graph is null ? null : new LoadedGraph(source, graph);
    }
}
