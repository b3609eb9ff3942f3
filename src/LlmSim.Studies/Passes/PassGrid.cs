using System.Text.Json;
using LlmSim.Charts.Numbers;
using LlmSim.Files;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Passes;

/// <summary>How the points of a pass study are laid out in charts: along one axis of numbers, a curve for each combination of the other axes.</summary>
public sealed class PassGrid
{
    private readonly PassStudyResult _study;

    /// <summary>Lays out a study.</summary>
    public PassGrid(PassStudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        _study = study;
        var groups = study.Axes.Groups;
        Along = Enumerable.Range(0, groups.Count).Where(g => Numbers(g) is not null && Count(g) > 1).OrderByDescending(Count).ThenBy(g => g).Cast<int?>().FirstOrDefault();
        Baseline = Enumerable.Range(0, groups.Count).Where(g => Numbers(g) is null && Count(g) > 1).Cast<int?>().FirstOrDefault();
        First = groups.Count > 0 ? Enumerable.Range(0, groups.Count).FirstOrDefault(g => Count(g) > 1) : null;
    }

    /// <summary>The group of axes that curves run along: that of numbers with the most values; null where all are words.</summary>
    public int? Along { get; }

    /// <summary>The first group whose values are words, compared with its first value; null where all are numbers.</summary>
    public int? Baseline { get; }

    /// <summary>The first group with several values; null where there is a single point.</summary>
    public int? First { get; }

    /// <summary>Path of the axis of numbers that a group is drawn along; null where not all of its axes are of numbers.</summary>
    public string? Numbers(int group) => _study.Axes.Groups[group].All(a => a.Values.All(v => v.Kind == JsonValueKind.Number)) ? _study.Axes.Groups[group][0].Path : null;

    /// <summary>The position of a point along a group of numbers.</summary>
    public double X(PassPoint point, int group)
    {
        ArgumentNullException.ThrowIfNull(point);
        var path = Numbers(group);
        return point.Values.First(v => v.Key == path).Value.Number;
    }

    /// <summary>Points that share all places but those of the given group, named by what they share, in order.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<PassPoint> Points)> Curves(int along)
    {
        var curves = new List<(string, IReadOnlyList<PassPoint>)>();
        foreach (var curve in _study.Points.GroupBy(p => Others(p, along)))
        {
            var points = curve.ToList();
            if (Numbers(along) is not null) points.Sort((a, b) => X(a, along).CompareTo(X(b, along)));
            curves.Add((Name(points[0], along), points));
        }

        return curves;
    }

    /// <summary>The point that a point is compared with: the same with the first value of the group.</summary>
    public PassPoint Reference(PassPoint point, int group)
    {
        ArgumentNullException.ThrowIfNull(point);
        return _study.Points.First(p => p.Places[group] == 0 && Others(p, group) == Others(point, group));
    }

    /// <summary>What a point has in the groups that vary, but for one: "int4 weights, batch 8".</summary>
    public string Name(PassPoint point, int? except = null)
    {
        ArgumentNullException.ThrowIfNull(point);
        var words = Enumerable.Range(0, _study.Axes.Groups.Count).Where(g => g != except && Count(g) > 1).Select(g => Label(point, g)).ToList();
        return words.Count > 0 ? string.Join(", ", words) : _study.Points[0].Answer.Question.Model.Name;
    }

    /// <summary>What a point has in a group: "int4 weights, int4 KV".</summary>
    public string Label(PassPoint point, int group)
    {
        ArgumentNullException.ThrowIfNull(point);
        var axes = _study.Axes.Groups[group];
        var words = axes.Select(a => Words(a.Path, a.Values[point.Places[group]])).Where(w => w.Length > 0).ToList();
        return words.Count > 0 ? string.Join(", ", words) : "all on the device";
    }

    /// <summary>Name and unit of the numbers of a group; prompt and context that move together are a length.</summary>
    public (string Quantity, Unit Unit) Quantity(int group)
    {
        var axes = _study.Axes.Groups[group];
        return axes.Any(a => a.Path == "pass.prompt") && axes.Any(a => a.Path == "pass.context") ? ("Length", Unit.Tokens) : Quantity(Numbers(group)!);
    }

    private static (string Quantity, Unit Unit) Quantity(string path) => path switch
    {
        "pass.batch" => ("Batch", Unit.Of("sequences")),
        "pass.context" => ("Context", Unit.Tokens),
        "pass.prompt" => ("Prompt", Unit.Tokens),
        "pass.output" => ("Output", Unit.Tokens),
        "pass.chunk" => ("Chunk", Unit.Tokens),
        "pass.layers" => ("Layers", Unit.None),
        "pass.microBatches" => ("Micro-batches", Unit.None),
        "machine.pipelineParallel" => ("Pipeline stages", Unit.None),
        "machine.tensorParallel" => ("Tensor-parallel devices", Unit.None),
        "machine.expertParallel" => ("Expert-parallel devices", Unit.None),
        "machine.memoryBandwidthBytesPerSecond" => ("Memory bandwidth", Unit.BytesPerSecond),
        _ => (Last(path), Unit.None),
    };

    private static string Words(string path, JsonValue value) => path switch
    {
        "precision.weights" => $"{AxisValue.Shown(value)} weights",
        "precision.activations" => $"{AxisValue.Shown(value)} activations",
        "precision.kv" => $"{AxisValue.Shown(value)} KV",
        "pass.phase" or "model" or "machine.hardware" or "time" => AxisValue.Shown(value),
        "pass.attention" => $"{AxisValue.Shown(value)} attention",
        "pass.fusions" => value.Items.Count == 0 ? "not fused" : $"{AxisValue.Shown(value)} fused",
        // What is where it usually is goes without saying.
        "machine.placement" => AxisValue.Shown(value) switch
        {
            "device" => "",
            "cpu-linears" => "linear layers on the CPU",
            "cpu-attention" => "attention on the CPU",
            "pim-attention" => "attention in memory",
            var other => other,
        },
        "machine.offload.weights" => value.Number == 0 ? "" : $"{SiFormat.Value(value.Number, Unit.Share)} of weights fetched",
        "machine.offload.kv" => value.Number == 0 ? "" : $"{SiFormat.Value(value.Number, Unit.Share)} of KV fetched",
        "machine.offload.schedule" => AxisValue.Shown(value),
        "pass.activeNeurons" => value.Number == 1 ? "all neurons" : $"{SiFormat.Value(value.Number, Unit.Share)} of the neurons",
        "machine.tensorParallel" => $"TP {AxisValue.Shown(value)}",
        "machine.pipelineParallel" => $"PP {AxisValue.Shown(value)}",
        "machine.expertParallel" => $"EP {AxisValue.Shown(value)}",
        "pass.microBatches" => $"{AxisValue.Shown(value)} micro-batches",
        "pass.published" or "precision.groupSize" => "",
        "machine.memoryBandwidthBytesPerSecond" => SiFormat.Value(value.Number, Unit.BytesPerSecond),
        _ => $"{Last(path)} {AxisValue.Shown(value)}",
    };

    private int Count(int group) => _study.Axes.Groups[group][0].Values.Count;

    private static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];

    private static string Others(PassPoint point, int group) => string.Join(',', point.Places.Where((_, g) => g != group));
}
