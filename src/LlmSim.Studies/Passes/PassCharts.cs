using LlmSim.Charts;
using LlmSim.Charts.Set;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>The charts of analysed passes.</summary>
public static class PassCharts
{
    /// <summary>Which operators wait for memory, which for arithmetic.</summary>
    public static Chart Roofline(PassAnswer answer) =>
        RooflineChart.Build(Head(answer), Roofs(answer.Question), Dots(answer));

    /// <summary>Where the time goes.</summary>
    public static Chart Operators(PassAnswer answer) => OperatorsChart.Build(
        Head(answer),
        [.. Merged(answer).Select(o => new OperatorBar(o.Name, o.Seconds, o.ComputeSeconds, o.MemorySeconds, Word(o.Bound)))]);

    /// <summary>The roofs of a device, that of the arithmetic in use first, then those of units and links beside it.</summary>
    public static IReadOnlyList<Roof> Roofs(PassQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var device = question.Device;
        var memory = device.MainMemory.Technology ?? device.MainMemory.Name;
        var used = question.Precision.Activations;
        return
        [
            .. device.Compute.Matrix.Formats
                .Where(f => f is not (NumberFormat.Fp32 or NumberFormat.Fp64) || f == used)
                .Where(f => f == used || f is not (NumberFormat.Bf16 or NumberFormat.Fp16))
                .OrderBy(f => f == used ? 0 : 1).ThenByDescending(f => f.Bits()).ThenBy(f => f)
                .Select(f => new Roof(f.Name(), device.Compute.Matrix[f], memory, device.MemoryBandwidthBytesPerSecond)),
            .. PassRoofs.Beside(question),
        ];
    }

    /// <summary>The operators as dots of a roofline.</summary>
    public static IReadOnlyList<RooflineOperator> Dots(PassAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return [.. answer.Rows.Select(r =>
        {
            var (reached, bound) = PassRoofs.Reached(answer.Question, r);
            return new RooflineOperator(r.Name, r.ArithmeticIntensity, reached, answer.Share(r), Word(bound));
        })];
    }

    /// <summary>The texts of a chart: the setting below the title, the time model in the footnote.</summary>
    public static ChartHead Head(PassAnswer answer, string title = "")
    {
        ArgumentNullException.ThrowIfNull(answer);
        var question = answer.Question;
        return new ChartHead(
            title,
            $"{Setting(question)}, batch {question.Batch}, {question.LengthText}",
            "Operator times: " + question.StatedError);
    }

    /// <summary>Model, device, phase and precision in one line.</summary>
    public static string Setting(PassQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return $"{question.Model.Name} on {question.Devices(question.Device.Title)}, "
            + $"{question.Kind}, weights {question.Precision.Weights?.Describe() ?? "as exported"}, "
            + $"activations {question.Precision.Activations.Name()}, KV {question.Precision.KvCache.Name()}";
    }

    /// <summary>A bound as charts colour it.</summary>
    public static ChartBound Word(Bound bound) => bound switch
    {
        Bound.Memory => ChartBound.Memory,
        Bound.Compute => ChartBound.Compute,
        Bound.Link => ChartBound.Link,
        _ => ChartBound.Overhead,
    };

    /// <summary>Operators of one name in several layer groups are one bar.</summary>
    private static IEnumerable<(string Name, double Seconds, double ComputeSeconds, double MemorySeconds, Bound Bound)> Merged(PassAnswer answer) =>
        answer.Rows.GroupBy(r => r.Name).Select(g => (
            g.Key, g.Sum(r => r.TotalSeconds), g.Sum(r => r.Count * r.ComputeSeconds), g.Sum(r => r.Count * r.MemorySeconds),
            g.MaxBy(r => r.TotalSeconds)!.Bound));
}
