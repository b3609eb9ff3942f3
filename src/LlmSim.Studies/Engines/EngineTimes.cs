using LlmSim.Files;
using LlmSim.Machines.Hardware;

namespace LlmSim.Studies.Engines;

/// <summary>The engine times that come with the program, in <c>hardware/constants/engines.json</c>. To add an engine: an entry there.</summary>
public static class EngineTimes
{
    private static readonly Lazy<IReadOnlyList<EngineTime>> s_all = new(() => Load(HardwareCatalogue.Default.Folder));

    /// <summary>All of them, "none" first.</summary>
    public static IReadOnlyList<EngineTime> All => s_all.Value;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(e => e.Name)];

    /// <summary>The engine of that name, or null.</summary>
    public static EngineTime? Find(string name) => All.FirstOrDefault(e => e.Name == name);

    /// <summary>The file's place below a folder of hardware files.</summary>
    public static string PathIn(string hardwareFolder) => Path.Combine(hardwareFolder, "constants", "engines.json");

    /// <summary>Reads the file below a folder of hardware files; only "none" where there is none.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static IReadOnlyList<EngineTime> Load(string hardwareFolder)
    {
        var engines = new List<EngineTime> { EngineTime.None };
        var path = PathIn(hardwareFolder);
        if (!File.Exists(path)) return engines;
        var errors = new InputErrors();
        if (JsonText.Read(path, errors) is { } value)
        {
            var reader = new ObjectReader(value, errors);
            foreach (var (name, _) in value.Members)
            {
                if (reader.Object(name) is { } entry) engines.Add(Read(name, entry));
            }
        }

        errors.ThrowIfAny();
        return engines;
    }

    private static EngineTime Read(string name, ObjectReader reader)
    {
        var (values, sources) = (new Dictionary<string, double>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        var title = reader.Text("title", "");
        foreach (var spec in EngineTime.Specs)
        {
            if (reader.Object(spec.Name) is not { } constant) continue;
            values[spec.Name] = constant.Number("value", spec.Low, spec.High);
            if (constant.Has("source")) sources[spec.Name] = constant.Text("source");
            constant.Finish();
        }

        EngineFitRecord? fit = null;
        if (reader.Object("fit") is { } record)
        {
            fit = new EngineFitRecord(
                [.. record.List("constants").Select(c => c.Text)], record.Text("fittedOn"), (int)record.Integer("points", 1, int.MaxValue), record.Number("heldOutError", 0, 1000));
            record.Finish();
        }

        var sizes = new List<int>();
        foreach (var item in reader.List("capturedBatchSizes"))
        {
            if (item.Number >= 1 && item.Number <= 1 << 20 && item.Number == Math.Floor(item.Number) && (sizes.Count == 0 || item.Number > sizes[^1])) sizes.Add((int)item.Number);
            else item.Report(reader.Errors, "is not a whole number above the one before it");
        }

        var engine = new EngineTime
        {
            Name = name,
            Title = title,
            Values = values,
            Sources = sources,
            Fit = fit,
            AsyncScheduling = reader.Flag("asyncScheduling", false),
            CapturedBatchSizes = sizes.Count > 0 ? sizes : null,
            CaptureMixedBatches = sizes.Count > 0 ? reader.Flag("captureMixedBatches", false) : null,
        };
        reader.Finish();
        return engine;
    }
}
