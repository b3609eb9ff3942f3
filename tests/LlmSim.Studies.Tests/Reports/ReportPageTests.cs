using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Studies.Reports;

namespace LlmSim.Studies.Tests.Reports;

public class ReportPageTests
{
    private static ReportData Report(string text) => new()
    {
        Title = text,
        Subtitle = text,
        Verdict = text,
        Tone = VerdictTone.Bad,
        Figures = [new(text, text, text), new("p99 TTFT", "812 ms")],
        Footer = text,
        Sections =
        [
            StandardSections.Charts("Latency", [(CurveChart.Build(new(text, text, text), new Axis { Quantity = text }, new Axis { Quantity = text, Unit = Unit.Seconds }, [new(text, [1, 2], [3, 4])]), text)]),
            StandardSections.Bottleneck(text, [new(text, text)]),
            StandardSections.Charts("Time", [(OverTimeChart.Build(new(), [new(text, Unit.Requests, [new("", [0, 10], [1, 2])])], [5]), "over-time")], overTime: true),
            StandardSections.Slowest([new(text, 2.5, 100, 20, 0.5, 9, 1)], "Time"),
            StandardSections.Assumptions([new(text, text)]),
            StandardSections.Scenario(text + "\n" + text),
            StandardSections.Reproduce(text, text),
            new(text, [new ListBlock([text]), new TextBlock(text)]),
            new(text, []),
        ],
    };

    [Theory]
    [InlineData("vllm-v1")]
    [InlineData(PageChecks.Hostile)]
    [InlineData("")]
    public void The_page_is_sound(string text) => PageChecks.AssertSound(ReportPage.Write(Report(text)));

    [Fact]
    public void The_verdict_comes_first_then_figures_then_sections_in_order()
    {
        var html = ReportPage.Write(Report("words"));
        string[] order = ["class=\"verdict bad\"", "class=\"figures\"", "Latency</h2>", "what to try next</h2>", "Time</h2>", "Slowest requests</h2>", "Assumptions and their errors</h2>", "Scenario</h2>", "Reproduce</h2>"];
        var places = order.Select(o => html.IndexOf(o, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void A_slow_request_leads_to_its_moment_in_the_charts_over_time()
    {
        var html = ReportPage.Write(Report("words"));
        Assert.Contains("<a href=\"#time\" data-at=\"2.5\">2.5 s</a>", html, StringComparison.Ordinal);
        // One panel from 0 to 10 s.
        Assert.Matches("data-plots=\"\\[\\[[0-9.]+,[0-9.]+,[0-9.]+,[0-9.]+,0,10\\]\\]\"", html);
    }

    [Fact]
    public void Cells_sort_by_their_unrounded_value() => Assert.Contains("<td class=\"n\" data-v=\"0.5\">500 ms</td>", ReportPage.Write(Report("words")), StringComparison.Ordinal);

    [Fact]
    public void Charts_carry_their_values_and_their_data()
    {
        var html = ReportPage.Write(Report("words"));
        Assert.Contains("words: 3 s at 1", html, StringComparison.Ordinal);
        var base64 = System.Text.RegularExpressions.Regex.Match(html, "data:text/csv;base64,([^\"]+)").Groups[1].Value;
        Assert.Equal("panel,series,kind,label,x,y,y2\nwords,words,line,,1,3,\nwords,words,line,,2,4,\n", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64)));
    }

    [Fact]
    public void The_scenario_keeps_its_lines() => Assert.Contains("<pre tabindex=\"0\">words\nwords</pre>", ReportPage.Write(Report("words")), StringComparison.Ordinal);

    [Fact]
    public void The_same_report_gives_the_same_bytes() => Assert.Equal(ReportPage.Write(Report("a")), ReportPage.Write(Report("a")));
}
