using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>One roof: a peak of arithmetic under a memory's bandwidth.</summary>
/// <param name="Precision">Name of the arithmetic: "fp16".</param>
/// <param name="PeakFlopsPerSecond">Peak of arithmetic.</param>
/// <param name="Memory">Name of the memory: "HBM".</param>
/// <param name="BytesPerSecond">Bandwidth of the memory.</param>
public sealed record Roof(string Precision, double PeakFlopsPerSecond, string Memory, double BytesPerSecond)
{
    /// <summary>Arithmetic intensity in FLOP per byte at which the roof turns from memory-bound to compute-bound.</summary>
    public double Ridge => PeakFlopsPerSecond / BytesPerSecond;
}

/// <summary>One operator as a dot.</summary>
/// <param name="Name">Its name.</param>
/// <param name="FlopsPerByte">Arithmetic intensity.</param>
/// <param name="FlopsPerSecond">Performance reached.</param>
/// <param name="TimeShare">Share of the pass's time, 0 to 1.</param>
/// <param name="Bound">What limits it.</param>
public sealed record RooflineOperator(string Name, double FlopsPerByte, double FlopsPerSecond, double TimeShare, ChartBound Bound)
{
    /// <summary>Text beside its dot; null: name and share where it is among those that take most of the time.</summary>
    public string? Label { get; init; }
}

/// <summary>Performance over arithmetic intensity: which operators wait for memory, which for arithmetic?</summary>
public static class RooflineChart
{
    /// <summary>Dots closer than this share of a decade on both axes are one dot.</summary>
    private const double NearDecades = 0.03;

    // Dots with texts of their own stand for whole passes: all alike, and small.
    private const double LabelledWeight = 0.04;

    /// <summary>Builds the chart.</summary>
    /// <param name="head">Its texts.</param>
    /// <param name="roofs">The roofs, the one in use first.</param>
    /// <param name="operators">The operators; those without FLOPs have no place here and are left out.</param>
    /// <param name="highlight">Name of an operator to be pointed out; null: none.</param>
    public static Chart Build(ChartHead head, IReadOnlyList<Roof> roofs, IReadOnlyList<RooflineOperator> operators, string? highlight = null)
    {
        var dots = Merge(operators.Where(o => o.FlopsPerByte > 0 && o.FlopsPerSecond > 0 && double.IsFinite(o.FlopsPerByte) && double.IsFinite(o.FlopsPerSecond)));
        var usable = roofs.Where(r => r.PeakFlopsPerSecond > 0 && r.BytesPerSecond > 0 && double.IsFinite(r.Ridge)).ToList();
        var (left, right, bottom, top) = Ends(usable, dots);
        var marks = new List<Mark>();
        for (var i = usable.Count - 1; i >= 0; i--) marks.AddRange(RoofMarks(usable, i, left, right));
        var largest = dots.OrderByDescending(d => d.TimeShare).Take(5).ToHashSet();
        var most = dots.Select(d => d.TimeShare).DefaultIfEmpty(1).Max();
        foreach (var group in dots.GroupBy(d => d.Bound).OrderBy(g => g.Key))
        {
            marks.Add(new PointsMark
            {
                Name = Bounds.Word(group.Key),
                Colour = Bounds.Colour(group.Key),
                Marker = Bounds.Marker(group.Key),
                Size = 8,
                Points = [.. group.Select(d => new ChartPoint(
                    d.FlopsPerByte, d.FlopsPerSecond,
                    d.Label ?? (largest.Contains(d) ? $"{d.Name} {SiFormat.Value(d.TimeShare, Unit.Share)}" : ""),
                    d.Label is not null ? LabelledWeight : most > 0 ? d.TimeShare / most : 0, 10 + d.TimeShare, d.Name))],
            });
        }

        if (highlight is not null && operators.FirstOrDefault(o => o.Name == highlight) is { } chosen)
            marks.Add(new PointsMark { Name = chosen.Name, Colour = ChartColour.Black, Marker = Marker.Ring, Size = 26, Points = [new(chosen.FlopsPerByte, chosen.FlopsPerSecond, chosen.Name, double.NaN, 100)] });

        return new Chart
        {
            Title = head.TitleOr(Finding(operators)),
            Subtitle = head.Subtitle,
            Footnote = head.Footnote,
            Description = $"Roofline on log axes with {usable.Count} roofs and {dots.Count} dots; the area of a dot is its share of the time.",
            Key = Bounds.Key(dots.Select(d => d.Bound), points: true),
            Panels =
            [
                new Panel
                {
                    X = new Axis { Quantity = "Arithmetic intensity", Unit = Unit.FlopsPerByte, Scale = AxisScale.Log, Minimum = left, Maximum = right },
                    Y = new Axis { Quantity = "Performance", Unit = Unit.FlopsPerSecond, Scale = AxisScale.Log, Minimum = bottom, Maximum = top },
                    Marks = marks,
                },
            ],
        };
    }

    private static IEnumerable<Mark> RoofMarks(List<Roof> roofs, int index, double left, double right)
    {
        var roof = roofs[index];
        // Roofs share slopes (one memory, several precisions) and tops (one precision, several memories): each is labelled once.
        var slopeLabelled = roofs.Take(index).Any(r => r.Memory == roof.Memory && r.BytesPerSecond == roof.BytesPerSecond);
        var flatLabelled = roofs.Take(index).Any(r => r.Precision == roof.Precision && r.PeakFlopsPerSecond == roof.PeakFlopsPerSecond);
        var colour = index == 0 ? ChartColour.Black : ChartColour.Grey;
        var ridge = Math.Clamp(roof.Ridge, left, right);
        LineMark Line(string name, bool isLabelled, double[] x, double[] y) => new()
        {
            Name = name,
            Label = isLabelled ? "" : null,
            Colour = colour,
            Dash = ChartColours.Dash(index),
            Width = 2.5,
            LabelAlong = true,
            Importance = 60 - index,
            X = x,
            Y = y,
        };
        yield return Line($"{roof.Memory} {SiFormat.Value(roof.BytesPerSecond, Unit.BytesPerSecond)}", slopeLabelled, [left, ridge], [left * roof.BytesPerSecond, ridge * roof.BytesPerSecond]);
        yield return Line($"{roof.Precision} {SiFormat.Value(roof.PeakFlopsPerSecond, Unit.FlopsPerSecond)}", flatLabelled, [ridge, right], [roof.PeakFlopsPerSecond, roof.PeakFlopsPerSecond]);
        if (roof.Ridge > left && roof.Ridge < right)
        {
            var label = index == 0 ? $"ridge {SiFormat.Value(roof.Ridge, Unit.FlopsPerByte)}" : "";
            yield return new PointsMark { Name = "ridge point", Colour = colour, Marker = Marker.Diamond, Size = 11, Points = [new(roof.Ridge, roof.PeakFlopsPerSecond, label, double.NaN, 5, $"ridge of {roof.Precision} and {roof.Memory}")] };
        }
    }

    /// <summary>Around the dots and the ridges of the first roof's memory, from a whole decade on; ridges of slow links would push everything else into a corner.</summary>
    private static (double Left, double Right, double Bottom, double Top) Ends(List<Roof> roofs, List<RooflineOperator> dots)
    {
        double[] ridges = [.. roofs.Where(r => r.Memory == roofs[0].Memory).Select(r => r.Ridge)];
        double[] xs = [.. dots.Select(d => d.FlopsPerByte), .. ridges];
        double[] tops = [.. dots.Select(d => d.FlopsPerSecond), .. roofs.Select(r => r.PeakFlopsPerSecond)];
        if (xs.Length == 0) return (0.1, 1000, 1e9, 1e15);
        var left = Math.Pow(10, Math.Floor(Math.Log10(xs.Min() / 1.5)));
        // Behind the last ridge there is room for the label along its roof.
        var right = Math.Max(xs.Max() * 3, ridges.DefaultIfEmpty(1).Max() * Math.Pow(xs.Max() / left, 0.28));
        var lows = dots.Select(d => d.FlopsPerSecond / 2).Concat(roofs.Select(r => Math.Min(r.PeakFlopsPerSecond, left * r.BytesPerSecond)));
        return (left, right, lows.Min(), tops.Max() * 2.5);
    }

    private static List<RooflineOperator> Merge(IEnumerable<RooflineOperator> operators)
    {
        var dots = new List<(RooflineOperator First, int Count, double Share)>();
        foreach (var o in operators.OrderByDescending(o => o.TimeShare))
        {
            var at = dots.FindIndex(d => d.First.Bound == o.Bound && Near(d.First.FlopsPerByte, o.FlopsPerByte) && Near(d.First.FlopsPerSecond, o.FlopsPerSecond));
            if (at < 0) dots.Add((o, 1, o.TimeShare));
            else dots[at] = (dots[at].First, dots[at].Count + 1, dots[at].Share + o.TimeShare);
        }

        return [.. dots.Select(d => d.Count == 1 ? d.First : d.First with { Name = $"{d.First.Name} + {d.Count - 1} alike", TimeShare = d.Share })];
    }

    private static bool Near(double a, double b) => Math.Abs(Math.Log10(a / b)) < NearDecades;

    private static string Finding(IReadOnlyList<RooflineOperator> operators)
    {
        var all = operators.Sum(o => o.TimeShare);
        if (!(all > 0)) return "Roofline";
        var memory = operators.Where(o => o.Bound == ChartBound.Memory).Sum(o => o.TimeShare) / all;
        var compute = operators.Where(o => o.Bound == ChartBound.Compute).Sum(o => o.TimeShare) / all;
        return memory >= compute
            ? $"Memory bandwidth limits {SiFormat.Value(Math.Round(memory, 2), Unit.Share)} of the time"
            : $"Arithmetic limits {SiFormat.Value(Math.Round(compute, 2), Unit.Share)} of the time";
    }
}
