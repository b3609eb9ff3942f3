using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>Time of one engine step.</summary>
/// <param name="Batch">Sequences in the batch.</param>
/// <param name="ContextTokens">Context of each in tokens.</param>
/// <param name="Seconds">Time of the step.</param>
/// <param name="Bound">What limits it.</param>
public sealed record StepTimePoint(double Batch, double ContextTokens, double Seconds, ChartBound Bound);

/// <summary>How long does a step take, and when does its bound change? A line per context over the batch size, points in the colour of the bound.</summary>
public static class StepTimeChart
{
    /// <summary>Builds the chart with lines.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="points">The steps in any order.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<StepTimePoint> points)
    {
        var marks = new List<Mark>();
        var contexts = points.GroupBy(p => p.ContextTokens).OrderBy(g => g.Key).ToList();
        foreach (var context in contexts)
        {
            var sorted = context.OrderBy(p => p.Batch).ToList();
            marks.Add(new LineMark
            {
                Name = SiFormat.Count(context.Key) + " tokens of context",
                Colour = ChartColour.Grey,
                Width = 2,
                Importance = context.Key,
                X = [.. sorted.Select(p => p.Batch)],
                Y = [.. sorted.Select(p => p.Seconds)],
            });
        }

        foreach (var group in points.GroupBy(p => p.Bound).OrderBy(g => g.Key))
        {
            marks.Add(new PointsMark
            {
                Name = Bounds.Word(group.Key),
                Colour = Bounds.Colour(group.Key),
                Marker = Bounds.Marker(group.Key),
                Size = 11,
                Points = [.. group.Select(p => new ChartPoint(p.Batch, p.Seconds, "", double.NaN, 0, $"batch {SiFormat.Count(p.Batch)}, context {SiFormat.Count(p.ContextTokens)} tokens, {Bounds.Word(p.Bound)}"))],
            });
        }

        return new()
        {
            Title = head.TitleOr(Finding(points)),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = "Step time over batch size, one line per context length; the points' colour and shape say what limits the step.",
            Key = Bounds.Key(points.Select(p => p.Bound), points: true),
            Panels =
            [
                new Panel
                {
                    X = new Axis { Quantity = "Batch size", Unit = Unit.Of("sequences"), Scale = AxisScale.Auto },
                    Y = new Axis { Quantity = "Step time", Unit = Unit.Seconds, Scale = AxisScale.Auto },
                    Marks = marks,
                },
            ],
        };
    }

    /// <summary>Builds the chart as a heat map of batch by context; letters in the cells name the bound.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="points">The steps in any order; the last of equal places counts.</param>
    public static Chart BuildHeatMap(ChartHead head, IReadOnlyList<StepTimePoint> points)
    {
        double[] batches = [.. points.Select(p => p.Batch).Distinct().Order()];
        double[] contexts = [.. points.Select(p => p.ContextTokens).Distinct().OrderDescending()];
        var cells = new StepTimePoint?[contexts.Length, batches.Length];
        foreach (var point in points) cells[Array.IndexOf(contexts, point.ContextTokens), Array.IndexOf(batches, point.Batch)] = point;
        var chart = HeatMapChart.Build(
            head with { Title = head.TitleOr(Finding(points)) }, "Batch size (sequences)", [.. batches.Select(SiFormat.Count)], "Context (tokens)",
            [.. contexts.Select(SiFormat.Count)], "Step time", Unit.Seconds, (r, c) => cells[r, c]?.Seconds ?? double.NaN,
            (r, c) => cells[r, c] is { } cell ? $"{SiFormat.Value(cell.Seconds, Unit.Seconds)} {char.ToUpperInvariant(Bounds.Word(cell.Bound)[0])}" : "");
        return chart with { Description = chart.Description + " M memory-bound, C compute-bound, L link-bound, O overhead-bound.", Footnote = (head.Footnote.Length > 0 ? head.Footnote + " · " : "") + "In the cells: M memory-bound, C compute-bound, L link-bound, O overhead-bound." };
    }

    private static string Finding(IReadOnlyList<StepTimePoint> points)
    {
        var turns = points.GroupBy(p => p.ContextTokens).OrderBy(g => g.Key)
            .Select(g => (Context: g.Key, First: g.OrderBy(p => p.Batch).ToList()))
            .FirstOrDefault(g => g.First.Count > 0 && g.First[0].Bound == ChartBound.Memory && g.First.Exists(p => p.Bound == ChartBound.Compute));
        return turns.First is null
            ? "Time of a step over batch and context"
            : $"Steps turn compute-bound at batch {SiFormat.Count(turns.First.First(p => p.Bound == ChartBound.Compute).Batch)} with {SiFormat.Count(turns.Context)} tokens of context";
    }
}
