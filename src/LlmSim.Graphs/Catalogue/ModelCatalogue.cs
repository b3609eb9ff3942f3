using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Building;

namespace LlmSim.Graphs.Catalogue;

/// <summary>
/// The models in a folder: for each a configuration <c>configs/NAME.json</c>, and for most the graph <c>NAME.onnx</c> built from it. Listing reads
/// the configurations only.
/// </summary>
/// <param name="folder">The folder.</param>
/// <remarks>To add a model: write its configuration. Its graph is built when needed, or ahead with <c>llmsim build-model</c>.</remarks>
public sealed class ModelCatalogue(string folder)
{
    private IReadOnlyList<string>? _names;
    private Dictionary<string, string>? _namesByAlias;

    /// <summary>The catalogue that comes with the program: the folder <c>models</c> beside it, else the nearest above it (a checkout).</summary>
    public static ModelCatalogue Default { get; } = new(Locate());

    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>All names, in order.</summary>
    public IReadOnlyList<string> Names => _names ??= FindNames();

    /// <summary>The configuration of a model.</summary>
    public string ConfigPath(string name) => Path.Combine(Folder, "configs", name + ".json");

    /// <summary>Where the graph of a model lies, if it has one.</summary>
    public string GraphPath(string name) => Path.Combine(Folder, name + ".onnx");

    /// <summary>The catalogue's own spelling of a name, in any case; of an alias; or of a Hugging Face id, whose owner is ignored.</summary>
    /// <returns>Null when no model is called that.</returns>
    public string? NameOf(string written)
    {
        var wanted = written[(written.LastIndexOf('/') + 1)..];
        foreach (var name in Names)
            if (string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase)) return name;
        return (_namesByAlias ??= FindAliases()).GetValueOrDefault(wanted);
    }

    /// <summary>The entry of a model.</summary>
    /// <param name="name">Name as in <see cref="Names"/>.</param>
    /// <param name="errors">Takes what is wrong with its configuration.</param>
    /// <returns>Null when something is wrong.</returns>
    public CatalogueModel? Entry(string name, InputErrors errors)
    {
        var path = ConfigPath(name);
        if (HfConfig.Read(path, errors) is not { } config || ModelBuilder.Figures(config, errors) is not { } figures) return null;
        return new CatalogueModel(name, AliasesIn(config), config.Source, figures, path, File.Exists(GraphPath(name)) ? GraphPath(name) : null);
    }

    /// <summary>Every entry whose configuration is in order, by name.</summary>
    /// <param name="errors">Takes what is wrong with the others.</param>
    public IReadOnlyList<CatalogueModel> All(InputErrors errors) => Names.Select(name => Entry(name, errors)).OfType<CatalogueModel>().ToList();

    private List<string> FindNames()
    {
        var configs = Path.Combine(Folder, "configs");
        if (!Directory.Exists(configs)) return [];
        var names = Directory.EnumerateFiles(configs, "*.json").Select(Path.GetFileNameWithoutExtension).Cast<string>();
        return names.Order(StringComparer.Ordinal).ToList();
    }

    private Dictionary<string, string> FindAliases()
    {
        var aliases = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Names)
        {
            // A file that cannot be read is reported when its model is asked for.
            if (HfConfig.Read(ConfigPath(name), new InputErrors()) is not { } config) continue;
            foreach (var alias in AliasesIn(config)) aliases.TryAdd(alias, name);
        }

        return aliases;
    }

    private static List<string> AliasesIn(HfConfig config) =>
        config.Root.Member("aliases")?.Items.Where(i => i.Kind == JsonValueKind.String).Select(i => i.Text).ToList() ?? [];

    private static string Locate()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "models");
            if (Directory.Exists(Path.Combine(candidate, "configs"))) return candidate;
        }

        return Path.Combine(AppContext.BaseDirectory, "models");
    }
}
