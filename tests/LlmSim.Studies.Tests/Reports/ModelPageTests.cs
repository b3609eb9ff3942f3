using System.Globalization;
using System.Text.RegularExpressions;
using LlmSim.Charts.Set;
using LlmSim.Studies.Reports;

namespace LlmSim.Studies.Tests.Reports;

public class ModelPageTests
{
    private static ModelPageOperator Operator(string name, double flops, double bytes, double seconds) => new()
    {
        Name = name,
        Kind = name,
        Shapes = [name],
        SourceNodes = [name, "/model/layers.0/" + name],
        Flops = flops,
        Bytes = [new("Weights", bytes), new("KV cache read", 0)],
        Bound = ChartBound.Memory,
        Seconds = seconds,
        ComputeSeconds = seconds / 10,
        MemorySeconds = seconds,
    };

    private static ModelPageData Model(string text) => new()
    {
        Model = text,
        Subtitle = text,
        Footnote = text,
        Figures = [new(text, text)],
        Roofs = [new(text, 312e12, text, 2.039e12)],
        Groups = [new("Prologue", 1, [Operator(text, 0, 1e6, 1e-6)]), new("Layers 0–31", 32, [Operator("q_proj", 1e9, 1e9, 5e-4), Operator("down_proj", 2e9, 2e9, 1e-3)]), new("Epilogue", 1, [Operator("lm_head", 1e9, 1e8, 1e-4)])],
        Notes = [text],
        Sections = [new("Where the time goes", [new TextBlock(text)])],
    };

    [Theory]
    [InlineData("Llama-2-7B")]
    [InlineData(PageChecks.Hostile)]
    [InlineData("")]
    public void The_page_is_sound(string text) => PageChecks.AssertSound(ModelPage.Write(Model(text)));

    [Fact]
    public void A_model_without_operators_has_a_page() => PageChecks.AssertSound(ModelPage.Write(new() { Model = "empty", Groups = [] }));

    [Fact]
    public void Shares_count_every_layer()
    {
        // 32 × (0.5 + 1) ms + 0.001 ms + 0.1 ms = 48.101 ms
        var html = ModelPage.Write(Model("m"));
        Assert.Contains("× 32 = 32 ms, 66.5 %", html, StringComparison.Ordinal);
        Assert.Contains("Layers 0–31 × 32 <span>48 ms</span>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_operator_has_a_link_an_article_and_a_row()
    {
        var html = ModelPage.Write(Model("m"));
        Assert.Equal(4, Regex.Count(html, "<article class=\"op\""));
        Assert.Equal(4, Regex.Count(html, "class=\"show-op\""));
        Assert.Equal(4, Regex.Count(html, "<li><a href=\"#op-"));
        Assert.Single(Regex.Matches(html, "data-most"));
    }

    [Fact]
    public void Uses_of_no_bytes_are_not_listed() => Assert.DoesNotContain("<dt>KV cache read</dt>", ModelPage.Write(Model("m")), StringComparison.Ordinal);

    /// <summary>The ring falls on the dot that the roofline drew for that operator.</summary>
    [Fact]
    public void The_place_on_the_roofline_is_that_of_the_dot()
    {
        var html = ModelPage.Write(Model("m"));
        var place = Regex.Match(html, "href=\"#op-3\" data-x=\"([0-9.]+)\" data-y=\"([0-9.]+)\"");
        var dots = Regex.Matches(html, "<circle cx=\"([0-9.]+)\" cy=\"([0-9.]+)\"").Select(m => (X: Number(m, 1), Y: Number(m, 2)));
        Assert.Contains(dots, d => Math.Abs(d.X - Number(place, 1)) < 0.1 && Math.Abs(d.Y - Number(place, 2)) < 0.1);
        Assert.DoesNotContain("href=\"#op-0\" data-x", html, StringComparison.Ordinal); // no FLOPs, no place
    }

    [Fact]
    public void Thousands_of_source_nodes_are_counted_and_cut()
    {
        var data = Model("m") with { Groups = [new("All", 1, [Operator("x", 1, 1, 1) with { SourceNodes = [.. Enumerable.Range(0, 5000).Select(i => $"node {i}")] }])] };
        var html = ModelPage.Write(data);
        Assert.Contains("Graph nodes (5000)", html, StringComparison.Ordinal);
        Assert.Contains("… and 4940 more", html, StringComparison.Ordinal);
        Assert.DoesNotContain("node 4999", html, StringComparison.Ordinal);
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}
