using System.Globalization;

namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>
/// Measured operator times, looked up as utilisation of the ideal time: between points the utilisation is interpolated, outside them there is no answer.
/// </summary>
/// <remarks>
/// Utilisation varies far less than time, so interpolating it (its logarithm, linearly in the logarithms of the sizes) keeps the shape of the roofline between points. A product
/// whose n or k was not measured lies between its measured neighbours, if these are at most a factor of 2 apart; attention needs its very heads.
/// </remarks>
public sealed class MeasuredTable
{
    // Widths further apart than this are different kernels; sizes are swept by whoever measures, and may be further apart.
    private static readonly double s_widestProduct = Math.Log(2) + 1e-9;

    private readonly Dictionary<(MeasuredClass, MeasuredFormats), SampledSpace> _products = [];
    private readonly Dictionary<(MeasuredClass, MeasuredFormats, MeasuredHeads), (SampledSpace Space, double Shortest)> _attention = [];
    private readonly Dictionary<(MeasuredClass, MeasuredFormats), string> _files = [];
    private readonly List<(MeasuredClass Class, string Words)> _words = [];

    /// <summary>A table of points.</summary>
    /// <param name="files">The measurements with the names of their files; of several with the same sizes their median counts.</param>
    /// <param name="idealSeconds">The ideal time of a shape on the device.</param>
    public MeasuredTable(IReadOnlyList<(string Name, IReadOnlyList<MeasuredPoint> Points)> files, Func<MeasuredShape, double> idealSeconds)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(idealSeconds);
        foreach (var (name, points) in files)
        {
            foreach (var key in points.Select(p => (p.Shape.Class, p.Shape.Formats)).Distinct())
                _files[key] = _files.TryGetValue(key, out var names) ? names + " and " + name : name;
        }

        var distinct = files.SelectMany(f => f.Points).GroupBy(p => p.Shape).Select(same => (Shape: same.Key, Seconds: Median(same.Select(p => p.Seconds))))
            .Select(p => (p.Shape, p.Seconds, Value: Math.Log(idealSeconds(p.Shape) / p.Seconds))).ToList();
        foreach (var group in distinct.GroupBy(p => (p.Shape.Class, p.Shape.Formats)).OrderBy(g => g.Key.Class).ThenBy(g => g.Key.Formats.Label, StringComparer.Ordinal))
        {
            var deviations = new List<double>();
            if (group.Key.Class == MeasuredClass.Gemm)
            {
                var space = SampledSpace.Of([.. group.Select(p => (Logs(p.Shape.First, p.Shape.Second, p.Shape.Size), p.Value))], [s_widestProduct, s_widestProduct, double.PositiveInfinity]);
                _products[group.Key] = space;
                deviations.AddRange(space.Deviations());
            }
            else
            {
                foreach (var heads in group.GroupBy(p => new MeasuredHeads(p.Shape.First, p.Shape.Second, p.Shape.Third)))
                {
                    var space = SampledSpace.Of([.. heads.Select(p => (Logs(p.Shape.Size, p.Shape.Length), p.Value))], [double.PositiveInfinity, double.PositiveInfinity]);
                    _attention[(group.Key.Class, group.Key.Formats, heads.Key)] = (space, heads.Min(p => p.Seconds));
                    deviations.AddRange(space.Deviations());
                }
            }

            _words.Add((group.Key.Class, Describe(group.Key.Class, group.Key.Formats, group.Count(), deviations)));
        }

        Count = distinct.Count;
    }

    /// <summary>Points, equal sizes counted once.</summary>
    public int Count { get; }

    /// <summary>What it holds, for people: "gemm bf16 from gemm.csv (7,728 points, ±4 % between them)"; the error is that of each point predicted from its two neighbours in m or length.</summary>
    /// <param name="timed">What is timed: without prompts or decodes, their attention does not matter.</param>
    public string Describe(TimedOperators timed)
    {
        ArgumentNullException.ThrowIfNull(timed);
        var words = _words.Where(w => w.Class switch { MeasuredClass.PrefillAttention => timed.Prompts, MeasuredClass.DecodeAttention => timed.Decodes, _ => true }).Select(w => w.Words).ToList();
        return words.Count > 0 ? string.Join(", ", words) : "nothing that runs here";
    }

    /// <summary>The class as people write it: "decode-attention".</summary>
    public static string NameOf(MeasuredClass kind) => kind switch
    {
        MeasuredClass.PrefillAttention => Fitted.OperatorClasses.PrefillAttention.Name,
        MeasuredClass.DecodeAttention => Fitted.OperatorClasses.DecodeAttention.Name,
        _ => Fitted.OperatorClasses.Gemm.Name,
    };

    /// <summary>Names of the files that hold a class in these formats: "dense.csv and per_sequence.csv"; null where none does.</summary>
    public string? FilesOf(MeasuredClass kind, MeasuredFormats formats) => _files.GetValueOrDefault((kind, formats));

    /// <summary>Utilisation of the ideal time, above 0 (and above 1 where caches beat memory); not a number outside the points.</summary>
    public double Utilization(in MeasuredShape shape)
    {
        if (shape.Size <= 0 || shape.Length <= 0) return double.NaN;
        if (shape.Class == MeasuredClass.Gemm)
        {
            return _products.TryGetValue((shape.Class, shape.Formats), out var products)
                ? Math.Exp(products.At([Math.Log(shape.First), Math.Log(shape.Second), Math.Log(shape.Size)])) : double.NaN;
        }

        return _attention.TryGetValue((shape.Class, shape.Formats, new MeasuredHeads(shape.First, shape.Second, shape.Third)), out var attention)
            ? Math.Exp(attention.Space.At([Math.Log(shape.Size), Math.Log(shape.Length)])) : double.NaN;
    }

    /// <summary>The shortest time measured for attention with these heads, in seconds: what a launch costs whatever it does; 0 where there is none.</summary>
    internal double Shortest(in MeasuredShape shape) =>
        _attention.TryGetValue((shape.Class, shape.Formats, new MeasuredHeads(shape.First, shape.Second, shape.Third)), out var found) ? found.Shortest : 0;

    private static double[] Logs(params ReadOnlySpan<double> sizes)
    {
        var logs = new double[sizes.Length];
        for (var i = 0; i < logs.Length; i++) logs[i] = Math.Log(sizes[i]);
        return logs;
    }

    private string Describe(MeasuredClass kind, MeasuredFormats formats, int count, List<double> deviations)
    {
        var points = string.Create(CultureInfo.InvariantCulture, $"{NameOf(kind)} {formats.Label} from {FilesOf(kind, formats)} ({count:N0} point{(count == 1 ? "" : "s")}");
        return deviations.Count == 0 ? points + ")"
            : points + string.Create(CultureInfo.InvariantCulture, $", ±{100 * deviations.Average(d => Math.Abs(Math.Exp(-d) - 1)):F0} % between them)");
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
