using FsCheck;
using FsCheck.Fluent;
using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Tests;

/// <summary>Charts of every kind of mark over tame and hostile values and names.</summary>
internal static class RandomCharts
{
    private static readonly Gen<double> Value = Gen.Frequency(
        (8, Gen.Choose(-1000, 100_000).Select(i => i / 7.0)), (3, Gen.Choose(-12, 15).Select(e => Math.Pow(10, e))),
        (1, Gen.Elements(0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon, -1e300)));

    public static readonly Gen<string> Name = Gen.Frequency(
        (6, Gen.Elements("p99", "vllm-v1", "a rather long name of a policy and its settings", "x", "", "model.layers.31.mlp.down_proj/MatMul", "漢字の名前", "😀😀😀")),
        (2, Gen.Choose(0, 300).Select(n => new string('W', n))), (1, Gen.Elements("<script>alert(1)</script>", "a & b \"c\" 'd'", "\u0001\u202Eevil\nline", "\uD800")));

    private static readonly Gen<ChartColour> Colour = Gen.Elements(Enum.GetValues<ChartColour>());

    private static Gen<double[]> Values(int length) => Value.ArrayOf(length);

    private static readonly Gen<Mark> AnyMark =
        from kind in Gen.Choose(0, 7)
        from n in Gen.Choose(0, 30)
        from name in Name
        from other in Name
        from colour in Colour
        from a in Values(n)
        from b in Values(n)
        from c in Values(n)
        from at in Value
        from flag in Gen.Elements(true, false)
        select kind switch
        {
            0 => (Mark)new LineMark { Name = name, Colour = colour, X = [.. a.Order()], Y = b, Step = flag, Importance = n, Marker = (Marker)(n % 7) },
            1 => new PointsMark { Name = name, Colour = colour, Points = [.. a.Zip(b, c).Select((p, i) => new ChartPoint(p.First, p.Second, i % 3 == 0 ? other : "", flag ? 0.3 : double.NaN, i))] },
            2 => new StackMark { Name = name, X = [.. a.Order()], Layers = [new(name, colour, b), new(other, ChartColour.Orange, c)], Step = flag },
            3 => new BandMark { Name = name, Colour = colour, X = [.. a.Order()], Low = b, High = c },
            4 => new ReferenceMark { Name = name, Colour = ChartColour.Red, At = at, Vertical = flag },
            5 => new RegionMark { Name = name, FromX = at },
            6 => new TicksMark { Name = name, X = a },
            _ => new LineMark { Name = name, Colour = colour, X = a, Y = c, LabelAlong = true, Dash = Dash.Dotted },
        };

    private static readonly Gen<Axis> AnyAxis =
        from scale in Gen.Elements(AxisScale.Auto, AxisScale.Linear, AxisScale.Log, AxisScale.Time)
        from unit in Gen.Elements(Unit.None, Unit.Seconds, Unit.Bytes, Unit.TokensPerSecond, Unit.Share)
        from name in Name
        from fromZero in Gen.Elements(true, false)
        from given in Gen.Frequency((4, Gen.Constant<double?>(null)), (1, Value.Select(v => (double?)v)))
        select new Axis { Quantity = name, Unit = unit, Scale = scale, FromZero = fromZero, Maximum = given };

    private static readonly Gen<Panel> AnyPanel =
        from x in AnyAxis
        from y in AnyAxis
        from title in Name
        from note in Name
        from count in Gen.Choose(0, 7)
        from marks in AnyMark.ArrayOf(count)
        select new Panel { Title = title, X = x, Y = y, Marks = marks, Note = note };

    public static readonly Gen<Chart> Any =
        from count in Gen.Choose(1, 6)
        from panels in AnyPanel.ArrayOf(count)
        from columns in Gen.Choose(1, 3)
        from title in Name
        from subtitle in Name
        from footnote in Name
        from shareX in Gen.Elements(true, false)
        from shareY in Gen.Elements(true, false)
        from keys in Gen.Choose(0, 9)
        from key in Name.ArrayOf(keys)
        select new Chart
        {
            Title = title,
            Subtitle = subtitle,
            Footnote = footnote,
            Panels = panels,
            Columns = columns,
            ShareX = shareX,
            ShareY = shareY,
            Key = [.. key.Select((k, i) => new KeyEntry(k, (ChartColour)(i % 10), (KeyShape)(i % 4)))],
        };

    /// <summary>Charts over category axes: bars, heat maps and spans.</summary>
    public static readonly Gen<Chart> Categories =
        from names in Name.NonEmptyListOf()
        from values in Values(names.Count * 3)
        from unit in Gen.Elements(Unit.Seconds, Unit.Bytes)
        from kind in Gen.Choose(0, 2)
        from horizontal in Gen.Elements(true, false)
        from title in Name
        let categories = Axis.OfCategories(title, [.. names])
        let number = new Axis { Quantity = "Value", Unit = unit }
        let mark = kind switch
        {
            0 => (Mark)new BarsMark { NameSegments = true, Bars = [.. values.Select((v, i) => new Bar(i % names.Count, 0, v, (ChartColour)(i % 10), names[i % names.Count], names[i % names.Count], i % 5 == 0))] },
            1 => new HeatMark { Quantity = title, Unit = unit, Logarithmic = horizontal, Values = [.. names.Select((_, i) => values[(3 * i)..(3 * i + 3)])] },
            _ => new SpansMark { Spans = [.. values.Select((v, i) => new Span(i % names.Count, Math.Min(v, i), Math.Max(v, i), (ChartColour)(i % 10), names[i % names.Count]))] },
        }
        select new Chart
        {
            Title = title,
            Panels =
            [
                kind switch
                {
                    0 => new Panel { X = horizontal ? number : categories, Y = horizontal ? categories : number, Marks = [mark] },
                    1 => new Panel { X = Axis.OfCategories("columns", ["a", names[0], "c"]), Y = categories, Marks = [mark] },
                    _ => new Panel { X = number, Y = categories, Marks = [mark] },
                },
            ],
        };
}
