using LlmSim.Files;

namespace LlmSim.Machines.Hardware;

/// <summary>The devices in a folder, found by name or by path. Only the file that is asked for is read.</summary>
/// <param name="folder">The folder; its files, and those one folder below, are the catalogue.</param>
/// <param name="withConstants">Whether constants of the fitted time model are read; a fit of changed formulas cannot read the constants of the old ones.</param>
public sealed class HardwareCatalogue(string folder, bool withConstants = true)
{
    private IReadOnlyList<string>? _names;

    /// <summary>
    /// The catalogue that comes with the program: the folder <c>hardware</c> beside it, else the nearest above it (a checkout).
    /// </summary>
    public static HardwareCatalogue Default { get; } = new(Locate());

    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>All names, in order: "a100-80gb-sxm", "llm-viewer/nvidia_a6000".</summary>
    public IReadOnlyList<string> Names => _names ??= FindNames();

    /// <summary>A device by catalogue name (in any case) or by the path of a hardware file.</summary>
    /// <exception cref="InputException">No such device, with the nearest names; or its file is wrong, with every error.</exception>
    public Device Find(string nameOrPath)
    {
        if (nameOrPath.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return HardwareFile.Load(nameOrPath);
        foreach (var name in Names)
            if (string.Equals(name, nameOrPath, StringComparison.OrdinalIgnoreCase)) return Load(name);
        throw new InputException(new InputError("hardware", 0, "", $"no device is called \"{nameOrPath}\"", Remedy(nameOrPath)));
    }

    /// <summary>Every device, in order of name.</summary>
    public IEnumerable<Device> All() => Names.Select(Load);

    /// <summary>The file of a device.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name.Replace('/', Path.DirectorySeparatorChar) + ".json");

    private Device Load(string name) => HardwareFile.Load(PathOf(name), name, withConstants);

    private string Remedy(string name)
    {
        var near = Files.Names.Suggest(name, Names);
        return near.Length > 0 ? near : "llmsim hardware lists them; a path must end in .json";
    }

    private List<string> FindNames()
    {
        if (!Directory.Exists(Folder)) return [];
        // These two hold no devices.
        var names = Directory.EnumerateFiles(Folder, "*.json").Select(Path.GetFileNameWithoutExtension).Cast<string>();
        foreach (var inner in Directory.EnumerateDirectories(Folder).Where(d => Path.GetFileName(d) is not ("schema" or "constants")))
            names = names.Concat(Directory.EnumerateFiles(inner, "*.json").Select(f => Path.GetFileName(inner) + "/" + Path.GetFileNameWithoutExtension(f)));
        return names.Order(StringComparer.Ordinal).ToList();
    }

    private static string Locate()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "hardware");
            if (Directory.Exists(candidate)) return candidate;
        }

        return Path.Combine(AppContext.BaseDirectory, "hardware");
    }
}
