using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Sweeps;

/// <summary>
/// What identifies a study and each of its points: everything that decides a result. A point's key is a hash of what all points share (the scenario without
/// the members that vary, the files it names) and of its own values with the files that they name. So keys cost no reading of
/// scenarios, and a value added to an axis leaves the keys of the other points as they were.
/// </summary>
internal sealed class StudyKeys
{
    private readonly StudyAxes _axes;
    private readonly byte[] _shared;
    private readonly Dictionary<JsonValue, string> _values = [];

    /// <summary>Prepares the keys of a study; reads every file that it names.</summary>
    /// <param name="file">The scenario.</param>
    /// <param name="axes">Its axes.</param>
    public StudyKeys(ScenarioFile file, StudyAxes axes)
        : this(file.Root, axes)
    {
    }

    /// <summary>Prepares the keys of a scenario that was read and not checked.</summary>
    internal StudyKeys(JsonValue scenario, StudyAxes axes)
    {
        _axes = axes;
        var errors = new InputErrors();
        var root = new JsonValue
        {
            File = scenario.File,
            Line = scenario.Line,
            Kind = scenario.Kind,
            Members = [.. scenario.Members.Where(m => !StudyAxes.OfStudy.Contains(m.Key))],
        };
        var none = new JsonValue { File = "", Kind = JsonValueKind.Null };
        foreach (var axis in axes.Axes) root = JsonEdit.With(root, axis.Path, none, errors);
        var study = JsonPrinter.Print(root, indented: false);
        Study = Hash(study);
        var contents = new FileContents();
        _shared = SHA256.HashData(Encoding.UTF8.GetBytes(study + contents.NamedBy(root) + contents.Of(UnfittedConstants.PathIn(HardwareCatalogue.Default.Folder))));
        foreach (var axis in axes.Axes)
            foreach (var value in axis.Values) _values[value] = JsonPrinter.Print(value, indented: false) + contents.NamedBy(value, axis.Path);
    }

    /// <summary>What identifies the study: its scenario without axes, and without the members that they vary.</summary>
    public string Study { get; }

    /// <summary>The key of a run.</summary>
    /// <param name="point">Index of the point.</param>
    /// <param name="repeat">Which of its seeds, from 0.</param>
    public string Of(int point, int repeat)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_shared);
        foreach (var (path, value) in _axes.Point(point).Values) hash.AppendData(Encoding.UTF8.GetBytes($"\n{path}={_values[value]}"));
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n#{repeat}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
