using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Catalogue;

/// <summary>A model as a user named it, with its graph.</summary>
/// <param name="Name">Name for people: the catalogue's, or the file's without its extension.</param>
/// <param name="Path">The file it came from.</param>
/// <param name="Model">The graph.</param>
public sealed record ModelSource(string Name, string Path, OnnxModel Model)
{
    /// <summary>
    /// Finds a model: an .onnx file, a Hugging Face config.json (built in memory), or a name in a catalogue.
    /// </summary>
    /// <param name="argument">What the user wrote.</param>
    /// <param name="errors">
    /// Takes what is wrong: no such file or name, with the nearest names; a damaged graph; a configuration that cannot be built.
    /// </param>
    /// <param name="catalogue">Catalogue; null for the one that comes with the program.</param>
    /// <param name="options">
    /// Number formats for a graph built from a configuration, the catalogue's too; null for the defaults. An .onnx file stays as it is.
    /// </param>
    /// <returns>Null when something is wrong.</returns>
    public static ModelSource? Resolve(string argument, InputErrors errors, ModelCatalogue? catalogue = null, BuildOptions? options = null)
    {
        if (HasExtension(argument, ".onnx"))
            return OnnxReader.Read(argument, errors) is { } read ? new ModelSource(FileName(argument), argument, read) : null;
        if (HasExtension(argument, ".json")) return Build(FileName(argument), argument, options, errors);

        catalogue ??= ModelCatalogue.Default;
        if (catalogue.NameOf(argument) is not { } name)
        {
            var near = Names.Suggest(argument, catalogue.Names);
            var remedy = near.Length > 0 ? near : "llmsim models lists them; a file must end in .onnx or .json";
            errors.Add("model", 0, "", $"no model is called \"{argument}\"", remedy);
            return null;
        }

        // Without its graph a model is built from its configuration, which comes to the same.
        var path = catalogue.GraphPath(name);
        if (options is not null || !File.Exists(path)) return Build(name, catalogue.ConfigPath(name), options, errors);
        return OnnxReader.Read(path, errors) is { } model ? new ModelSource(name, path, model) : null;
    }

    private static ModelSource? Build(string name, string path, BuildOptions? options, InputErrors errors) =>
        HfConfig.Read(path, errors) is { } config && ModelBuilder.Build(config, options ?? new BuildOptions(), errors) is { } model
            ? new ModelSource(name, path, model)
            : null;

    // A folder's config.json says nothing by its own name; the folder does.
    private static string FileName(string path)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        if (name is not ("config" or "model")) return name;
        var folder = System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)));
        return string.IsNullOrEmpty(folder) ? name : folder;
    }

    private static bool HasExtension(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
}
