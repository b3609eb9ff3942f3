using System.Globalization;
using LlmSim.Files;

namespace LlmSim.Execution.StepCosts.MeasuredTables;

/// <summary>
/// LLMServingSim's correction for decodes of uneven length: attention takes t(mean) + α·(t(longest) − t(mean)), α fitted for each bucket
/// of prefill chunk, decodes, skew, longest context and prefill past; a bucket without samples has the model's mean α.
/// </summary>
internal sealed class UnevenContexts
{
    private const long MaxDescriptionBytes = 1 << 20;

    // Upper bounds of the buckets, by the labels that the files carry ("n<=128", "sr<=15%", "kvB<=16k", "kp<=512"); the last is open.
    private static readonly double[] _decodeBounds = [2, 4, 8, 16, 32, 64, 128, 256];
    private static readonly double[] _skewBounds = [0.05, 0.15, 0.4, 0.7];
    private static readonly double[] _longestBounds = [1024, 4096, 16384];
    private static readonly double[] _pastBounds = [0, 512, 1024, 2048, 4096, 8192];

    private readonly Dictionary<(long Chunk, int Bucket), double> _shares = [];
    private readonly double _default;

    private UnevenContexts(double @default) => _default = @default;

    /// <summary>Reads the correction of a table's folder ("…/MODEL/tp1"); null where the model's description does not enable it.</summary>
    public static UnevenContexts? Read(string folder, InputErrors errors)
    {
        var full = Path.GetFullPath(folder);
        var description = Path.Combine(Path.GetDirectoryName(full) ?? full, "meta.yaml");
        var parallel = Path.GetFileName(full).StartsWith("tp", StringComparison.Ordinal) ? Path.GetFileName(full)[2..] : "1";
        if (!File.Exists(description) || DefaultShare(description, parallel, errors) is not { } share) return null;
        var result = new UnevenContexts(share);
        var path = Path.Combine(folder, "skew_fit.csv");
        MeasuredCsv.Read(path, ["n_label", "skew_rate_label", "kv_big_label", "kp_label", "pc", "alpha"], 4, (line, text, v) =>
        {
            var decodes = Bucket(text[0], "n", _decodeBounds);
            var skew = Bucket(text[1], "sr", _skewBounds);
            var longest = Bucket(text[2], "kvB", _longestBounds);
            var past = Bucket(text[3], "kp", _pastBounds);
            if (decodes < 0 || skew < 0 || longest < 0 || past < 0) errors.Add(path, line, "", $"the buckets {string.Join(", ", text)} are not known");
            else result._shares[((long)v[0], Index(decodes, skew, longest, past))] = v[1];
        }, errors, least: -10);
        return result;
    }

    /// <summary>α for a batch, from 0 to 1 or somewhat beyond.</summary>
    public double Share(long chunk, long prefillPast, long decodes, long shortest, long mean, long longest)
    {
        var skew = longest == shortest ? 0.5 : (double)(mean - shortest) / (longest - shortest);
        var bucket = Index(Bucket(decodes, _decodeBounds), Bucket(skew, _skewBounds), Bucket(longest, _longestBounds), Bucket(prefillPast, _pastBounds));
        return _shares.TryGetValue((chunk, bucket), out var share) ? share : _default;
    }

    /// <summary>
    /// The mean α that the description gives for a degree of tensor parallelism; null when the correction is off. The file is YAML, of
    /// which only the lines needed here are read: <c>skew_fit: / enabled: true / per_tp: / 1: / alpha_default: 0.05</c>.
    /// </summary>
    private static double? DefaultShare(string path, string parallel, InputErrors errors)
    {
        if (new FileInfo(path).Length > MaxDescriptionBytes)
        {
            errors.Add(path, 0, "", $"is larger than {MaxDescriptionBytes} bytes");
            return null;
        }

        var inside = false;
        var inDegree = false;
        var number = 0;
        foreach (var line in File.ReadLines(path).Take(10_000))
        {
            number++;
            var text = line.Trim();
            if (line.Length > 0 && !char.IsWhiteSpace(line[0])) inside = text == "skew_fit:";
            if (!inside) continue;
            if (text == "enabled: false") return null;
            if (text.Length > 1 && text[^1] == ':' && char.IsAsciiDigit(text[0])) inDegree = text[..^1] == parallel;
            if (!inDegree || !text.StartsWith("alpha_default:", StringComparison.Ordinal)) continue;
            if (double.TryParse(text["alpha_default:".Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && double.IsFinite(share)) return share;
            errors.Add(path, number, "alpha_default", $"\"{text}\" is not a number");
            return null;
        }

        return null;
    }

    private static int Index(int decodes, int skew, int longest, int past) => ((decodes * 8 + skew) * 8 + longest) * 8 + past;

    private static int Bucket(double value, double[] bounds)
    {
        var i = 0;
        while (i < bounds.Length && value > bounds[i]) i++;
        return i;
    }

    private static int Bucket(string label, string name, double[] bounds)
    {
        var sign = label.AsSpan(Math.Min(label.Length, name.Length));
        var open = sign.StartsWith(">");
        var digits = sign.TrimStart("<=>");
        var unit = digits.EndsWith("k") ? 1024 : digits.EndsWith("%") ? 0.01 : 1;
        if (!label.StartsWith(name, StringComparison.Ordinal) || !double.TryParse(digits.TrimEnd("k%"), NumberStyles.Float, CultureInfo.InvariantCulture, out var bound)) return -1;
        var at = Array.FindIndex(bounds, b => Math.Abs(b - bound * unit) < 1e-9);
        return at < 0 ? -1 : open ? at + 1 : at;
    }
}
