using System.Text;

namespace LlmSim.Charts.Svg;

/// <summary>The style sheet for pages that embed charts: light by default, dark where the reader prefers it.</summary>
public static class ChartTheme
{
    /// <summary>CSS rules for elements inside <c>svg.chart</c>. The page defines <c>--paper</c>, <c>--ink</c>, <c>--muted</c> and <c>--line</c>.</summary>
    public static string Css { get; } = Build();

    private static string Build()
    {
        var css = new StringBuilder();
        css.Append(".chart .paper{fill:var(--paper)}.chart .ink{fill:var(--ink)}.chart .muted{fill:var(--muted)}.chart .halo{stroke:var(--paper)}\n");
        css.Append(".chart .grid{stroke:var(--line)}.chart .axis{stroke:var(--muted)}.chart .edge{stroke:var(--paper)}\n");
        css.Append("@media (prefers-color-scheme:dark){\n");
        foreach (var colour in Enum.GetValues<ChartColour>())
        {
            var (_, _, dark, darkText) = Paint.Of(colour);
            var name = Paint.Name(colour);
            css.Append($".chart .f-{name}{{fill:{dark}}}.chart .s-{name}{{stroke:{dark}}}.chart .t-{name}{{fill:{darkText}}}\n");
        }

        // Paper stays white in print, whatever the screen prefers: the page says so with its own variables inside @media screen.
        return css.Append("}\n").ToString().Replace("@media (prefers", "@media screen and (prefers", StringComparison.Ordinal);
    }
}
