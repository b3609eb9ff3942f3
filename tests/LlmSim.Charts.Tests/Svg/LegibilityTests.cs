using FsCheck;
using FsCheck.Fluent;
using LlmSim.Charts.Svg;

namespace LlmSim.Charts.Tests.Svg;

/// <summary>No label collides with another or leaves the canvas, whatever the data; labels without room are dropped and counted.</summary>
public class LegibilityTests
{
    [Fact]
    public void Random_charts_are_legible() =>
        Prop.ForAll(Arb.From(RandomCharts.Any), DrawnTexts.AssertLegible).Check(Config.QuickThrowOnFailure.WithMaxTest(120));

    [Fact]
    public void Random_charts_over_categories_are_legible() =>
        Prop.ForAll(Arb.From(RandomCharts.Categories), DrawnTexts.AssertLegible).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Fact]
    public void The_same_chart_gives_the_same_bytes() =>
        Prop.ForAll(Arb.From(RandomCharts.Any), chart => new SvgRenderer().Render(chart).Svg == new SvgRenderer().Render(chart).Svg)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void No_number_in_the_picture_is_NaN_or_has_an_exponent() =>
        Prop.ForAll(Arb.From(RandomCharts.Any), chart =>
        {
            var svg = new SvgRenderer().Render(chart with { Title = "t", Subtitle = "", Footnote = "" }).Svg;
            foreach (var element in System.Xml.Linq.XDocument.Parse(svg).Descendants())
            {
                foreach (var name in (string[])["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "d", "r"])
                {
                    var text = element.Attribute(name)?.Value ?? "";
                    Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
                    Assert.DoesNotContain("Infinity", text, StringComparison.Ordinal);
                    Assert.DoesNotContain("∞", text, StringComparison.Ordinal);
                    Assert.DoesNotContain("E", text, StringComparison.Ordinal);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
}
