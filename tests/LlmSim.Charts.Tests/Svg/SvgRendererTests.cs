using System.Globalization;
using System.Xml.Linq;
using LlmSim.Charts.Marks;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Svg;

namespace LlmSim.Charts.Tests.Svg;

public class SvgRendererTests
{
    private static readonly XNamespace Ns = "http://www.w3.org/2000/svg";

    private static Chart Lines(params LineMark[] lines) => new()
    {
        Title = "p99 TTFT leaves the SLO at 5.8 requests/s",
        Subtitle = "Llama-2-7B · A100",
        Footnote = "ideal roofline",
        Panels = [new Panel { X = new Axis { Quantity = "Offered rate", Unit = Unit.RequestsPerSecond }, Y = new Axis { Quantity = "TTFT", Unit = Unit.Seconds }, Marks = lines }],
    };

    private static LineMark Line(string name, params double[] y) => new() { Name = name, X = [.. Enumerable.Range(0, y.Length).Select(i => (double)i)], Y = y };

    [Fact]
    public void The_document_has_a_viewBox_a_title_and_a_description()
    {
        var root = XDocument.Parse(new SvgRenderer("a-").Render(Lines(Line("p50", 1, 2, 3))).Svg).Root!;
        Assert.Equal("0 0 1200 800", root.Attribute("viewBox")!.Value);
        Assert.Equal("p99 TTFT leaves the SLO at 5.8 requests/s", root.Element(Ns + "title")!.Value);
        Assert.Contains("Llama-2-7B", root.Element(Ns + "desc")!.Value, StringComparison.Ordinal);
        Assert.Equal("a-title a-desc", root.Attribute("aria-labelledby")!.Value);
        Assert.All(root.Descendants().Attributes("id"), id => Assert.StartsWith("a-", id.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        var svg = new SvgRenderer().Render(Lines(Line("<script>alert(1)</script>", 1, 2)) with { Title = "\"/><script>", Description = "]]>&" }).Svg;
        var document = XDocument.Parse(svg);
        Assert.Empty(document.Descendants(Ns + "script"));
        Assert.Contains(document.Descendants(Ns + "text"), t => t.Value.Contains("<script>alert(1)</script>", StringComparison.Ordinal));
    }

    [Fact]
    public void The_culture_does_not_reach_the_picture()
    {
        var chart = Lines(Line("a", 1.5, 2.25, 1234.5));
        var here = new SvgRenderer().Render(chart).Svg;
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
            Assert.Equal(here, new SvgRenderer().Render(chart).Svg);
            Assert.Contains("1.5", ChartCsv.Write(chart), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Values_that_are_not_numbers_break_the_line_and_are_counted()
    {
        var rendered = new SvgRenderer().Render(Lines(Line("a", 1, 2, double.NaN, 3, 4, double.PositiveInfinity)));
        Assert.Equal(["2 values without a place on these axes left out"], rendered.Layout.Notes);
        var lines = XDocument.Parse(rendered.Svg).Descendants(Ns + "path").Where(p => p.Attribute("class")!.Value == "s-blue").ToList();
        Assert.Equal(2, lines.Count);
    }

    [Fact]
    public void Values_below_zero_have_no_place_on_a_log_axis()
    {
        var chart = Lines(Line("a", -1, 0, 1, 10, 1000));
        chart = chart with { Panels = [chart.Panels[0] with { Y = chart.Panels[0].Y with { Scale = AxisScale.Log } }] };
        Assert.Equal(["2 values without a place on these axes left out"], new SvgRenderer().Render(chart).Layout.Notes);
    }

    [Fact]
    public void An_empty_chart_says_so()
    {
        DrawnTexts.AssertLegible(Lines());
        DrawnTexts.AssertLegible(Lines(Line("nothing")));
        Assert.Contains("no data", new SvgRenderer().Render(Lines(Line("nothing"))).Svg, StringComparison.Ordinal);
        DrawnTexts.AssertLegible(Lines() with { Panels = [] });
    }

    [Theory]
    [InlineData(5.0)]
    [InlineData(0.0)]
    [InlineData(-3.0)]
    [InlineData(1e90)]
    public void Equal_values_and_single_points_are_drawn(double value)
    {
        DrawnTexts.AssertLegible(Lines(Line("one", value)));
        DrawnTexts.AssertLegible(Lines(Line("equal", value, value, value)));
        Assert.Contains("<circle", new SvgRenderer().Render(Lines(Line("one", value))).Svg, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_thousand_points_make_a_small_picture_that_keeps_the_extremes()
    {
        var y = Enumerable.Range(0, 100_000).Select(i => Math.Sin(i * 0.37) + (i == 77_777 ? 50 : 0)).ToArray();
        var rendered = new SvgRenderer().Render(Lines(Line("many", y)));
        Assert.InRange(rendered.Svg.Length, 10_000, 150_000);
        var path = XDocument.Parse(rendered.Svg).Descendants(Ns + "path").Single(p => p.Attribute("class")!.Value == "s-blue").Attribute("d")!.Value;
        var heights = path.Split('M', 'L').Skip(1).Select(p => double.Parse(p.Split(' ')[1], CultureInfo.InvariantCulture)).ToList();
        // The spike stands alone, far above everything else.
        Assert.True(heights.Min() < heights.Order().Skip(1).First() - 200);
        Assert.InRange(rendered.Layout.Values.Count, 100, 400);
        Assert.Contains(rendered.Layout.Values, v => v.X > 0 && v.Text.StartsWith("many: 50", StringComparison.Ordinal) || v.Text.StartsWith("many: 49", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cloud_of_points_stays_small()
    {
        var points = new PointsMark { Points = [.. Enumerable.Range(0, 200_000).Select(i => new ChartPoint(i * 7919 % 10007, i * 104729 % 99991))] };
        var rendered = new SvgRenderer().Render(Lines() with { Panels = [Lines().Panels[0] with { Marks = [points] }] });
        Assert.InRange(rendered.Svg.Length, 50_000, 2_000_000);
        Assert.InRange(rendered.Layout.Values.Count, 100, 700);
    }

    [Fact]
    public void A_hundred_thousand_labels_are_not_tried_one_by_one()
    {
        var points = new PointsMark { Points = [.. Enumerable.Range(0, 100_000).Select(i => new ChartPoint(i % 313, i % 317, $"request {i}", double.NaN, i))] };
        var layout = new SvgRenderer().Render(Lines() with { Panels = [Lines().Panels[0] with { Marks = [points] }] }).Layout;
        var placed = layout.Texts.Count(t => t.Role == "label");
        Assert.InRange(placed, 20, 150);
        Assert.Equal(100_000, placed + layout.DroppedLabels.Count);
        Assert.Empty(layout.Collisions());
    }

    [Fact]
    public void A_chart_is_written_with_its_data_beside_it()
    {
        var folder = Directory.CreateTempSubdirectory("llmsim-charts-").FullName;
        try
        {
            var path = ChartFiles.Write(Lines(Line("a", 1, 2)), Path.Combine(folder, "charts"), "ttft");
            Assert.Equal(new SvgRenderer().Render(Lines(Line("a", 1, 2))).Svg, File.ReadAllText(path));
            Assert.Equal(ChartCsv.Write(Lines(Line("a", 1, 2))), File.ReadAllText(Path.Combine(folder, "charts", "ttft.csv")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Up_to_five_lines_are_labelled_at_their_ends_and_more_have_a_key()
    {
        LineMark[] lines = [.. Enumerable.Range(0, 6).Select(i => Line($"series {i}", 1, 2 + i))];
        Assert.Equal(5, new SvgRenderer().Render(Lines(lines[..5])).Layout.Texts.Count(t => t.Role == "label"));
        var six = new SvgRenderer().Render(Lines(lines)).Layout;
        Assert.Equal(6, six.Texts.Count(t => t.Role == "key"));
        Assert.DoesNotContain(six.Texts, t => t.Role == "label");
    }

    [Fact]
    public void Labels_of_lines_that_end_together_are_spread_and_none_is_lost()
    {
        LineMark[] lines = [.. Enumerable.Range(0, 5).Select(i => Line($"policy {i}", 1, 10 + i * 0.001))];
        var layout = new SvgRenderer().Render(Lines(lines)).Layout;
        Assert.Empty(layout.DroppedLabels);
        var labels = layout.Texts.Where(t => t.Role == "label").OrderBy(t => t.CentreY).Select(t => t.Text).ToList();
        Assert.Equal(["policy 4", "policy 3", "policy 2", "policy 1", "policy 0"], labels);
    }

    [Fact]
    public void Too_many_labels_are_dropped_from_the_least_important_on_and_that_is_said()
    {
        var points = new PointsMark { Points = [.. Enumerable.Range(0, 400).Select(i => new ChartPoint(1 + i * 1e-4, 1, $"point number {i}", double.NaN, i))] };
        var chart = Lines() with { Panels = [Lines().Panels[0] with { Marks = [points] }] };
        var layout = new SvgRenderer().Render(chart).Layout;
        Assert.NotEmpty(layout.DroppedLabels);
        Assert.Contains(layout.Texts, t => t.Text == "point number 399");
        Assert.DoesNotContain("point number 399", layout.DroppedLabels);
        Assert.Contains("point number 0", layout.DroppedLabels);
        DrawnTexts.AssertLegible(chart);
    }

    [Fact]
    public void Every_colour_has_rules_for_dark_paper()
    {
        foreach (var colour in Enum.GetValues<ChartColour>()) Assert.Contains($".f-{Paint.Name(colour)}{{", ChartTheme.Css, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", ChartTheme.Css, StringComparison.Ordinal);
    }

    /// <summary>WCAG asks 4.5 : 1 of text; yellow is kept from text by a colour of its own.</summary>
    [Fact]
    public void A_key_takes_smaller_type_and_more_rows_before_an_entry_is_left_out()
    {
        RenderedChart Draw(int entries) => new SvgRenderer().Render(
            Lines(Line("", 1, 2)) with { Key = [.. Enumerable.Range(0, entries).Select(i => new KeyEntry($"int4 weights, fp16 activations, int4 KV, number {i}", ChartColour.Blue))] });
        var (few, many, most) = (Draw(4), Draw(12), Draw(40));
        Assert.Empty(few.Layout.DroppedLabels);
        Assert.Empty(many.Layout.DroppedLabels);
        Assert.NotEmpty(most.Layout.DroppedLabels);
        Assert.All(few.Layout.Texts.Where(t => t.Role == "key"), t => Assert.Equal(17, t.FontSize));
        Assert.All(many.Layout.Texts.Where(t => t.Role == "key"), t => Assert.Equal(14, t.FontSize));
        Assert.Empty(many.Layout.Collisions());
    }

    [Fact]
    public void Text_colours_can_be_read_on_their_paper()
    {
        foreach (var colour in Enum.GetValues<ChartColour>())
        {
            var (_, text, _, dark) = Paint.Of(colour);
            Assert.True(Contrast(text, "#ffffff") >= 4.5, $"{colour} on white: {Contrast(text, "#ffffff"):F2}");
            Assert.True(Contrast(dark, "#161616") >= 4.5, $"{colour} on dark: {Contrast(dark, "#161616"):F2}");
        }
    }

    private static double Contrast(string a, string b)
    {
        static double Luminance(string hex)
        {
            double Channel(int at)
            {
                var c = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
                return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
            }

            return 0.2126 * Channel(1) + 0.7152 * Channel(3) + 0.0722 * Channel(5);
        }

        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);
    }
}
