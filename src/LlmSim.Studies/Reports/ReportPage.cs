using System.Text;

namespace LlmSim.Studies.Reports;

/// <summary>The report of a run, a study or a comparison as one HTML file that opens offline and prints well.</summary>
public static class ReportPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="report">What it says.</param>
    /// <returns>The file's text.</returns>
    public static string Write(ReportData report)
    {
        var page = new StringBuilder();
        Head(page, report.Title, report.Subtitle, report.Verdict, report.Tone, report.Figures);
        var ids = Ids(report.Sections);
        page.Append("<nav class=\"contents\" aria-label=\"Contents\">");
        for (var i = 0; i < report.Sections.Count; i++) page.Append($"<a href=\"#{ids[i]}\">{Html.Text(report.Sections[i].Title)}</a> ");
        page.Append("</nav>\n<main>\n");
        var writer = new BlockWriter(page);
        for (var i = 0; i < report.Sections.Count; i++) writer.Section(report.Sections[i], ids[i]);

        page.Append($"</main>\n<footer>{Html.Text(report.Footer)}</footer>");
        return PageShell.Wrap(report.Title, page);
    }

    /// <summary>Title, verdict and figures, as every page begins.</summary>
    internal static void Head(StringBuilder page, string title, string subtitle, string verdict, VerdictTone tone, IReadOnlyList<ReportFigure> figures)
    {
        var tint = tone switch { VerdictTone.Good => " good", VerdictTone.Bad => " bad", _ => "" };
        page.Append($"<header>\n<h1>{Html.Text(title)}</h1>\n<p class=\"sub\">{Html.Text(subtitle)}</p>\n<p class=\"verdict{tint}\">{Html.Text(verdict)}</p>\n<dl class=\"figures\">\n");
        foreach (var figure in figures)
        {
            var note = figure.Note.Length > 0 ? $"<small>{Html.Text(figure.Note)}</small>" : "";
            page.Append($"<div><dt>{Html.Text(figure.Name)}</dt><dd>{Html.Text(figure.Value)}{note}</dd></div>\n");
        }

        page.Append("</dl>\n</header>\n");
    }

    // Two sections may have one title.
    internal static List<string> Ids(IReadOnlyList<ReportSection> sections)
    {
        var ids = new List<string>();
        foreach (var section in sections)
        {
            var slug = Html.Slug(section.Title);
            var id = slug;
            for (var i = 2; ids.Contains(id); i++) id = $"{slug}-{i}";
            ids.Add(id);
        }

        return ids;
    }
}
