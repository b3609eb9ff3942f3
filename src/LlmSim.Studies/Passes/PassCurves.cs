using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Graphs.Batches;

namespace LlmSim.Studies.Passes;

/// <summary>Curves over ranges of batch or length: batch-performance and length-performance.</summary>
public static class PassCurves
{
    /// <summary>The charts of several answers that differ in batch, in length, or in both: throughput, time and memory over each.</summary>
    /// <returns>File names without extension, and charts.</returns>
    public static IReadOnlyList<(string Name, Chart Chart)> Charts(IReadOnlyList<PassAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var charts = new List<(string, Chart)>();
        var prefill = answers[0].Question.Phase == Phase.Prefill;
        var length = prefill ? "Prompt" : "Context";
        if (answers.Select(a => a.Question.Batch).Distinct().Skip(1).Any())
            charts.AddRange(Over(answers, "batch", "Batch", Unit.Of("sequences"), a => a.Question.Batch, a => $"{length.ToLowerInvariant()} {a.Question.Length}"));
        if (answers.Select(a => a.Question.Length).Distinct().Skip(1).Any())
            charts.AddRange(Over(answers, "length", length, Unit.Tokens, a => a.Question.Length, a => $"batch {a.Question.Batch}"));
        return charts;
    }

    private static IEnumerable<(string, Chart)> Over(
        IReadOnlyList<PassAnswer> answers, string file, string quantity, Unit unit, Func<PassAnswer, double> x, Func<PassAnswer, string> series)
    {
        var head = PassCharts.Head(answers[0]) with { Subtitle = PassCharts.Setting(answers[0].Question) };
        var axis = new Axis { Quantity = quantity, Unit = unit, Scale = Scale(answers.Select(x)) };
        var curves = answers.GroupBy(series).Select(g => (g.Key, Points: g.OrderBy(x).ToList())).ToList();
        IReadOnlyList<Curve> Of(Func<PassAnswer, double> y) => [.. curves.Select(c => new Curve(c.Key, [.. c.Points.Select(x)], [.. c.Points.Select(y)]))];
        Axis Y(string name, Unit of, Func<PassAnswer, double> y) => new() { Quantity = name, Unit = of, Scale = Scale(answers.Select(y)) };

        yield return ($"{file}-throughput", CurveChart.Build(
            head with { Title = $"How throughput grows with {quantity.ToLowerInvariant()}" }, axis, Y("Throughput", Unit.TokensPerSecond, a => a.TokensPerSecond), Of(a => a.TokensPerSecond)));
        yield return ($"{file}-time", CurveChart.Build(
            head with { Title = $"How the time of a pass grows with {quantity.ToLowerInvariant()}" }, axis, Y("Time of a pass", Unit.Seconds, a => a.Seconds), Of(a => a.Seconds)));
        yield return ($"{file}-memory", CurveChart.Build(
            head with { Title = $"How memory grows with {quantity.ToLowerInvariant()}" }, axis, Y("Memory", Unit.Bytes, a => a.PeakMemoryBytes), Of(a => a.PeakMemoryBytes),
            [new CurveLimit("capacity " + SiFormat.Value(answers[0].CapacityBytes, Unit.Bytes), answers[0].CapacityBytes)]));
    }

    /// <summary>Log axes where the range exceeds two decades.</summary>
    private static AxisScale Scale(IEnumerable<double> values)
    {
        var (low, high) = (double.MaxValue, 0.0);
        foreach (var value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return low > 0 && high / low > 100 ? AxisScale.Log : AxisScale.Linear;
    }
}
