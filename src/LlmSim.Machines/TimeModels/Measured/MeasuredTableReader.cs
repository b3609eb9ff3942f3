using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>Reads measured operator tables of one device, each in one of the known formats, which its columns tell.</summary>
public static class MeasuredTableReader
{
    // Products this long are bound by arithmetic alone; a device cannot do more than its peak, but for clocks above the one its sheet names.
    private const double LongSeconds = 20e-6;
    private const double FastestClock = 1.15;
    private const int FewPoints = 8;

    /// <summary>All formats, in the order in which columns are compared with them.</summary>
    internal static IReadOnlyList<ITableFormat> Formats { get; } =
        [new AiConfiguratorGemm(), new AiConfiguratorAttention(), new VidurProducts(), new VidurAttention(), new LlmServingSimLayers(), new LlmServingSimAttention(), new OwnTable()];

    /// <summary>Reads tables for what one device executes of a model; rows of other formats and heads, and sizes of 0, are left out.</summary>
    /// <param name="files">The files, plain or gzipped.</param>
    /// <param name="device">The device that was measured.</param>
    /// <param name="part">What it executes.</param>
    /// <param name="errors">Takes what is wrong with a file: missing, damaged, nobody's format, of another device, or without a row for this part.</param>
    /// <returns>Null when something is wrong.</returns>
    public static MeasuredTable? Read(IReadOnlyList<string> files, Device device, MeasuredPart part, InputErrors errors)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(errors);
        var before = errors.Count;
        var tables = new List<(string Name, IReadOnlyList<MeasuredPoint> Points)>();
        var ideal = new IdealTimeModel(device);
        foreach (var path in files.Distinct(StringComparer.Ordinal))
        {
            var own = new List<MeasuredPoint>();
            TableFile.Read(path, errors, file => Read(file, device, part, errors, own));
            tables.Add((Path.GetFileName(path), own));
            if (errors.Count == before) CheckSpeed(path, own, ideal, device, errors);
        }

        if (errors.Count > before) return null;
        return new MeasuredTable(tables, shape => Ideal(shape, ideal).Seconds);
    }

    /// <summary>Whether the device that a table names can be this one: the first word with a digit that is no size ("H100", "4090", "MI300X") is among the words of its name or title.</summary>
    internal static bool IsSame(string named, Device device)
    {
        var word = Words(named).FirstOrDefault(w => w.Any(char.IsAsciiDigit) && !w.EndsWith("gb", StringComparison.Ordinal));
        return word is null || Words(device.Name).Concat(Words(device.Title)).Contains(word, StringComparer.Ordinal);
    }

    private static void Read(TableFile file, Device device, MeasuredPart part, InputErrors errors, List<MeasuredPoint> points)
    {
        if (Formats.FirstOrDefault(f => f.Knows(file)) is not { } format)
        {
            errors.Add(file.Path, 1, "", "columns of no format that is known", "known: " + string.Join("; ", Formats.Select(f => f.Name)));
            return;
        }

        var before = errors.Count;
        CheckFolder(file.Path, format, part, errors);
        var named = file.Find("device");
        var devices = new HashSet<string>(StringComparer.Ordinal);
        format.Read(file, part, Add);
        if (errors.Count == before && points.Count == 0)
            errors.Add(file.Path, 0, "", "holds nothing that this model executes on a device", $"it needs a row for {part.Wanted}; leave the file out, or measure these");

        void Add(MeasuredPoint point)
        {
            if (named >= 0 && devices.Count < 16 && devices.Add(file.Text(named).ToString()) && !IsSame(file.Text(named).ToString(), device))
                file.Wrong(named, $"is not {device.Name}", "name that device, or leave the file out: one device's times say nothing of another's");
            var shape = point.Shape;
            if (shape.Size == 0 || shape.Length == 0 || shape.First == 0 || shape.Second == 0 || !part.Takes(shape)) return;
            if (shape.Size * shape.Length * shape.Length > 1e18 || (shape.Class != MeasuredClass.Gemm && shape.Third == 0)) file.Wrong("is larger than any batch, or has no width");
            else points.Add(point);
        }
    }

    /// <summary>Layer tables say in the name of their folder how many devices shared the model.</summary>
    private static void CheckFolder(string path, ITableFormat format, MeasuredPart part, InputErrors errors)
    {
        if (format is not (LlmServingSimLayers or LlmServingSimAttention)) return;
        var folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? "";
        if (folder.StartsWith("tp", StringComparison.Ordinal) && int.TryParse(folder.AsSpan(2), out var devices) && devices != part.Devices)
            errors.Add(path, 0, "", $"was measured with {devices} tensor-parallel devices, by its folder; here they are {part.Devices}", "name the table of as many");
    }

    /// <summary>No device computes faster than its peak: whose long products do was measured on another.</summary>
    private static void CheckSpeed(string path, List<MeasuredPoint> points, IdealTimeModel ideal, Device device, InputErrors errors)
    {
        var speeds = points.Where(p => p.Seconds > LongSeconds).Select(p => (Time: Ideal(p.Shape, ideal), p.Seconds)).Where(p => p.Time.Bound == Bound.Compute)
            .Select(p => p.Time.Seconds / p.Seconds).Order().ToList();
        if (speeds.Count >= FewPoints && speeds[speeds.Count / 2] is var middle and > FastestClock)
            errors.Add(path, 0, "", FormattableString.Invariant($"was not measured on {device.Name}: half of its long operators are more than {middle:F1} times as fast as the peak of that device"), "name the device that was measured");
    }

    private static string[] Words(string text) => text.ToLowerInvariant().Split([' ', '-', '_', '/', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries);

    private static OperatorTime Ideal(in MeasuredShape shape, IdealTimeModel ideal)
    {
        var batch = default(BatchShape);
        OperatorSpec spec;
        var precision = new Precision(new WeightFormat(shape.Formats.Stored), shape.Formats.Computed, shape.Formats.Stored);
        if (shape.Class == MeasuredClass.Gemm)
        {
            spec = new Linear((int)shape.Second, (int)shape.First, false, new WeightFormat(shape.Formats.Stored));
            batch.Prefill.Add(0, (long)shape.Size, BatchNeeds.None);
        }
        else
        {
            // Queries are in 16 bits, whatever the cache is.
            precision = new Precision(null, NumberFormat.Bf16, shape.Formats.Stored);
            spec = new Attention((int)shape.First, (int)shape.Second, (int)shape.Third, (int)shape.Third);
            if (shape.Class == MeasuredClass.PrefillAttention) batch.Prefill.Add(0, (long)shape.Length, BatchNeeds.None, (long)shape.Size);
            else batch.Decode.Add((long)shape.Length - 1, 1, BatchNeeds.None, (long)shape.Size);
        }

        return ideal.Time(spec, spec.Work(batch, precision), batch, precision);
    }
}
