using LlmSim.Files;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Machines.Hardware;

/// <summary>
/// Constants for devices that nobody measured: by architecture, and the medians over architectures ("any"). Written by the fit beside the devices,
/// in <c>constants/unfitted.json</c>; power-limited and consumer parts take no part in them.
/// </summary>
public sealed class UnfittedConstants
{
    /// <summary>The name under which the medians over all architectures stand.</summary>
    public const string AnyArchitecture = "any";

    private readonly Dictionary<string, List<TimeConstants>> _byArchitecture = new(StringComparer.Ordinal);

    /// <summary>Nothing to borrow.</summary>
    public static UnfittedConstants None { get; } = new();

    /// <summary>The file's place below a folder of hardware files.</summary>
    public static string PathIn(string hardwareFolder) => Path.Combine(hardwareFolder, "constants", "unfitted.json");

    /// <summary>Reads the file below a folder of hardware files; nothing where there is none.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static UnfittedConstants Load(string hardwareFolder)
    {
        var path = PathIn(hardwareFolder);
        if (!File.Exists(path)) return None;
        var errors = new InputErrors();
        var constants = new UnfittedConstants();
        if (JsonText.Read(path, errors) is { } value)
        {
            var reader = new ObjectReader(value, errors);
            foreach (var (architecture, _) in value.Members)
            {
                if (architecture == "$schema") continue;
                var list = new List<TimeConstants>();
                foreach (var item in reader.List(architecture))
                {
                    var inner = new ObjectReader(item, errors);
                    list.Add(TimeConstantsFile.Read(inner));
                    inner.Finish();
                }

                constants._byArchitecture[architecture] = list;
            }
        }

        errors.ThrowIfAny();
        return constants;
    }

    /// <summary>
    /// What a device of some architecture may borrow, best first: its architecture's own, those of its family ("ampere" for "ampere-graphics"), the medians of all.
    /// </summary>
    public IEnumerable<TimeConstants> For(string architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        var dash = architecture.IndexOf('-', StringComparison.Ordinal);
        string[] places = dash > 0 ? [architecture, architecture[..dash], AnyArchitecture] : [architecture, AnyArchitecture];
        return places.SelectMany(p => _byArchitecture.TryGetValue(p, out var list) ? list : []);
    }
}
