using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Tests;

public class ChartCsvTests
{
    private static string Csv(Mark mark, Axis? x = null, Axis? y = null) => ChartCsv.Write(new Chart
    {
        Title = "t",
        Panels = [new Panel { X = x ?? new Axis { Quantity = "x" }, Y = y ?? new Axis { Quantity = "y" }, Marks = [mark] }],
    });

    [Fact]
    public void Values_are_written_unrounded() =>
        Assert.Equal("panel,series,kind,label,x,y,y2\ny,a,line,,1,0.1234567890123,\ny,a,line,,2,NaN,\n", Csv(new LineMark { Name = "a", X = [1, 2], Y = [0.1234567890123, double.NaN] }));

    [Fact]
    public void Categories_are_written_by_name_and_quoted() =>
        Assert.Equal(
            "panel,series,kind,label,x,y,y2\n1,\"a \"\"b\"\", c\",bar,9 %,\"a \"\"b\"\", c\",0,5\n",
            Csv(new BarsMark { Bars = [new Bar(0, 0, 5, ChartColour.Blue, "9 %", "a \"b\", c")] }, y: Axis.OfCategories("", ["a \"b\", c"])));

    [Theory]
    [InlineData("=1+1")]
    [InlineData("@x")]
    public void A_spreadsheet_does_not_run_a_name(string name) => Assert.Contains($",'{name},", ChartCsv.Write(new Chart { Title = "t", Panels = [new Panel { X = new Axis { Quantity = "x" }, Y = new Axis { Quantity = "y" }, Marks = [new LineMark { Name = name, X = [1], Y = [1] }] }] }), StringComparison.Ordinal);

    [Fact]
    public void Every_mark_has_rows()
    {
        Assert.Equal(3, Lines(Csv(new StackMark { X = [1, 2], Layers = [new("w", ChartColour.Blue, [1, 2])] })));
        Assert.Equal(2, Lines(Csv(new BandMark { X = [1], Low = [1], High = [2] })));
        Assert.Equal(3, Lines(Csv(new HeatMark { Quantity = "q", Values = [[1, 2]] }, Axis.OfCategories("", ["a", "b"]), Axis.OfCategories("", ["r"]))));
        Assert.Equal(2, Lines(Csv(new SpansMark { Spans = [new Span(0, 1, 2, ChartColour.Blue, "s")] }, y: Axis.OfCategories("", ["r"]))));
        Assert.Equal(2, Lines(Csv(new ReferenceMark { Name = "SLO", At = 1 })));
        Assert.Equal(2, Lines(Csv(new RegionMark { Name = "saturated", FromX = 1 })));
        Assert.Equal(2, Lines(Csv(new TicksMark { X = [1] })));
        Assert.Equal(2, Lines(Csv(new PointsMark { Points = [new(1, 2)] })));
    }

    private static int Lines(string csv) => csv.Count(c => c == '\n');
}
