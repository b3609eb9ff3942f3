using FsCheck;
using FsCheck.Fluent;
using LlmSim.Charts.Layout;

namespace LlmSim.Charts.Tests.Layout;

public class TextsTests
{
    [Fact]
    public void A_fitted_text_fits_and_keeps_both_ends() =>
        Prop.ForAll(Arb.From(RandomCharts.Name), Arb.From(Gen.Choose(0, 600)), (name, width) =>
        {
            var clean = Texts.Clean(name);
            var fitted = Texts.Fit(clean, 18, width);
            Assert.True(Texts.Width(fitted, 18) <= Math.Max(width, Texts.Width("", 18)) + 1e-9);
            if (Texts.Width(clean, 18) <= width) Assert.Equal(clean, fitted);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Names_that_differ_at_their_ends_stay_distinct() =>
        Assert.NotEqual(Texts.Fit("model.layers.0.self_attn.q_proj", 18, 200), Texts.Fit("model.layers.0.self_attn.k_proj", 18, 200));

    [Fact]
    public void Lines_are_broken_at_spaces_and_none_is_wider_than_its_room()
    {
        var lines = Texts.Wrap("a title that does not fit into one line of the chart at all", 28, 300, 2);
        Assert.Equal(2, lines.Count);
        Assert.All(lines, l => Assert.True(Texts.Width(l, 28) <= 300));
        Assert.EndsWith("all", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_that_break_XML_or_turn_the_text_are_replaced() =>
        Assert.Equal("a b\uFFFDc\uFFFDd", Texts.Clean("a\nb\u0000c\u202Ed"));

    [Fact]
    public void A_million_characters_are_cut_at_once() => Assert.True(Texts.Fit(new string('m', 1_000_000), 18, 500).Length < 100);

    /// <summary>Advance widths published for Arial (Liberation Sans has the same), in thousandths of the font size.</summary>
    [Theory]
    [InlineData('A', 667)]
    [InlineData('i', 222)]
    [InlineData('m', 833)]
    [InlineData('0', 556)]
    [InlineData(' ', 278)]
    public void Widths_are_upper_bounds_for_Arial(char c, double arial) => Assert.InRange(Texts.Width(c.ToString(), 1000), arial, arial * 1.35);
}
