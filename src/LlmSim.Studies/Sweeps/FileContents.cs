using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Catalogue;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Sweeps;

/// <summary>Hashes of the files that a scenario names, each read once: models, hardware, traces, lengths, step tables.</summary>
internal sealed class FileContents
{
    /// <summary>Larger files (a graph with its weights inside) are told by their ends, their size and the time they were changed.</summary>
    private const long MostBytes = 64 << 20;

    private const int EndBytes = 1 << 20;

    /// <summary>Names of the members that hold paths, whatever section they are in.</summary>
    private static readonly HashSet<string> s_members = [.. PathMembers(RecordShape.Of(typeof(Scenario)), [])];

    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Hashes of all files named below a value, in order.</summary>
    /// <param name="value">A scenario, or the value of an axis.</param>
    /// <param name="path">Where the value stands: "workload.trace"; empty for the whole scenario.</param>
    public string NamedBy(JsonValue value, string path = "")
    {
        var text = new StringBuilder();
        Walk(value, path[(path.LastIndexOf('.') + 1)..], text);
        return text.ToString();
    }

    /// <summary>The hash of a file, or of all files of a folder; empty where there is none.</summary>
    public string Of(string path)
    {
        if (!_known.TryGetValue(path, out var hash)) _known[path] = hash = Read(path);
        return hash;
    }

    private void Walk(JsonValue value, string member, StringBuilder text)
    {
        foreach (var (name, inner) in value.Members) Walk(inner, name, text);
        foreach (var item in value.Items) Walk(item, member, text);
        if (value.Kind == JsonValueKind.String && s_members.Contains(member)) text.Append('|').Append(Of(PathOf(value, member)));
    }

    /// <summary>The file behind a member: of a catalogue where the text is a name, else relative to where it was written.</summary>
    private static string PathOf(JsonValue value, string member)
    {
        var written = RecordReader.Resolve(value);
        if (member is not ("hardware" or "model") || written.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || written.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) return written;
        if (member == "hardware")
        {
            var devices = HardwareCatalogue.Default;
            return devices.Names.FirstOrDefault(n => string.Equals(n, value.Text, StringComparison.OrdinalIgnoreCase)) is { } device ? devices.PathOf(device) : written;
        }

        var models = ModelCatalogue.Default;
        if (models.NameOf(value.Text) is not { } model) return written;
        return File.Exists(models.GraphPath(model)) ? models.GraphPath(model) : models.ConfigPath(model);
    }

    private string Read(string path)
    {
        if (Directory.Exists(path)) return string.Join('+', Directory.EnumerateFiles(path).Order(StringComparer.Ordinal).Select(f => Path.GetFileName(f) + ":" + Of(f)));
        if (!File.Exists(path)) return "";
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.Length <= MostBytes) return Convert.ToHexStringLower(SHA256.HashData(stream));
            var ends = new byte[2 * EndBytes];
            stream.ReadExactly(ends.AsSpan(0, EndBytes));
            stream.Seek(-EndBytes, SeekOrigin.End);
            stream.ReadExactly(ends.AsSpan(EndBytes));
            return string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(SHA256.HashData(ends))}-{stream.Length}-{File.GetLastWriteTimeUtc(path).Ticks}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever needs the file says what is wrong with it.
            return "";
        }
    }

    private static IEnumerable<string> PathMembers(RecordShape shape, HashSet<Type> seen)
    {
        if (!seen.Add(shape.Type)) yield break;
        foreach (var member in shape.Members)
        {
            if (member.IsPath || member.PathEndings is not null) yield return member.Name;
            if (!member.IsObject) continue;
            foreach (var inner in PathMembers(RecordShape.Of(member.Type), seen)) yield return inner;
        }
    }
}
