using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Sweeps;

/// <summary>What identifies a point of a study: its scenario without axes, and the files that it reads.</summary>
internal static class PointKey
{
    private static readonly string[] s_ofStudy = ["axes", "zip", "repeat", "title", "output", "$schema", "stopAtSaturation"];

    /// <summary>A hash of everything that decides the point's result.</summary>
    public static string Of(ScenarioFile file)
    {
        var text = new StringBuilder(JsonPrinter.Print(Without(file.Root, s_ofStudy), indented: false));
        var scenario = file.Scenario;
        foreach (var path in new[] { scenario.Model, scenario.Machine.Hardware, scenario.TimeTable, scenario.Workload?.Trace, scenario.Workload?.Lengths?.Path })
            if (path is not null) Append(text, path);
        return Hash(text.ToString());
    }

    /// <summary>A hash of the study: its scenario without axes, and without the members that they vary.</summary>
    public static string OfStudy(ScenarioFile file, StudyAxes axes)
    {
        var errors = new InputErrors();
        var root = Without(file.Root, s_ofStudy);
        var none = new JsonValue { File = "", Kind = JsonValueKind.Null };
        foreach (var axis in axes.Axes) root = JsonEdit.With(root, axis.Path, none, errors);
        return Hash(JsonPrinter.Print(root, indented: false));
    }

    private static JsonValue Without(JsonValue root, string[] names) => new()
    {
        File = root.File,
        Line = root.Line,
        Kind = root.Kind,
        Members = [.. root.Members.Where(m => !names.Contains(m.Key))],
    };

    /// <summary>A file is told by its size and the time it was changed; names of the catalogues are not files.</summary>
    private static void Append(StringBuilder text, string path)
    {
        if (Directory.Exists(path))
        {
            foreach (var inner in Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)) Append(text, inner);
        }
        else if (File.Exists(path))
        {
            var info = new FileInfo(path);
            text.Append(CultureInfo.InvariantCulture, $"|{path}|{info.Length}|{info.LastWriteTimeUtc.Ticks}");
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
