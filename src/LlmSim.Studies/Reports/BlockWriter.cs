using System.Globalization;
using System.Text;
using LlmSim.Charts;
using LlmSim.Charts.Layout;
using LlmSim.Charts.Svg;

namespace LlmSim.Studies.Reports;

/// <summary>Writes blocks as HTML. One writer a page: it numbers the charts, whose ids must differ.</summary>
internal sealed class BlockWriter(StringBuilder page, int chartsBefore = 0)
{
    /// <summary>Larger data is left to the file beside the page.</summary>
    private const int MostCsvCharacters = 200_000;

    private int _charts = chartsBefore;

    /// <summary>Writes a section with its heading.</summary>
    public void Section(ReportSection section, string id)
    {
        page.Append($"<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{Html.Text(section.Title)}</h2>\n");
        foreach (var block in section.Blocks) Write(block);
        page.Append("</section>\n");
    }

    public void Write(ReportBlock block)
    {
        switch (block)
        {
            case TextBlock text: page.Append($"<p>{Html.Text(text.Text)}</p>\n"); break;
            case ListBlock list: page.Append("<ul>").AppendJoin("", list.Items.Select(i => $"<li>{Html.Text(i)}</li>")).Append("</ul>\n"); break;
            case CodeBlock code: page.Append($"<div class=\"code\"><pre tabindex=\"0\">{Html.Lines(code.Text)}</pre><button type=\"button\">Copy</button></div>\n"); break;
            case TableBlock table: Table(table); break;
            case ChartBlock chart: Chart(chart); break;
        }
    }

    /// <summary>Writes a chart.</summary>
    /// <param name="block">The chart.</param>
    /// <param name="more">Another class of the figure.</param>
    /// <returns>Its layout.</returns>
    public LayoutReport Chart(ChartBlock block, string more = "")
    {
        var rendered = block.Drawn ?? new SvgRenderer($"c{++_charts}-").Render(block.Chart);
        var title = Html.Text(block.Chart.Title);
        var plots = block.OverTime ? $" data-plots=\"{Html.Text(Plots(rendered.Layout))}\"" : "";
        page.Append($"<figure class=\"chart-figure{more}\" tabindex=\"0\" role=\"group\" aria-label=\"{title}. Arrow keys read the values.\"{plots}>\n<div class=\"scroll\">\n");
        page.Append(rendered.Svg);
        page.Append("</div>\n<script type=\"application/json\">[");
        page.AppendJoin(',', rendered.Layout.Values.Select(v => $"[{N(v.X)},{N(v.Y)},{Html.JsonString(v.Text)}]"));
        page.Append("]</script>\n");
        Caption(block);
        page.Append("</figure>\n");
        return rendered.Layout;
    }

    private void Caption(ChartBlock block)
    {
        if (block.CsvName.Length == 0) return;
        var csv = block.Csv ?? ChartCsv.Write(block.Chart);
        var name = Html.Text(block.CsvName);
        page.Append(csv.Length > MostCsvCharacters
            ? $"<figcaption>Data: {name}.csv beside this page.</figcaption>\n"
            : $"<figcaption><a download=\"{name}.csv\" href=\"data:text/csv;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(csv))}\">Data as CSV</a></figcaption>\n");
    }

    private void Table(TableBlock table)
    {
        page.Append("<div class=\"table\"><table class=\"sortable\">\n<thead><tr>");
        foreach (var column in table.Columns) page.Append($"<th scope=\"col\"{(column.IsNumber ? " class=\"n\"" : "")}><button type=\"button\">{Html.Text(column.Name)}</button></th>");
        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows)
        {
            page.Append("<tr>");
            for (var i = 0; i < table.Columns.Count; i++) Cell(i < row.Cells.Count ? row.Cells[i] : new(""), table.Columns[i]);
            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    private void Cell(ReportCell cell, ReportColumn column)
    {
        var value = double.IsNaN(cell.Value) ? column.IsNumber ? " data-v=\"NaN\"" : "" : $" data-v=\"{cell.Value.ToString("R", CultureInfo.InvariantCulture)}\"";
        var text = Html.Text(cell.Text);
        if (cell.Link.Length > 0)
        {
            var at = double.IsNaN(cell.AtSeconds) ? "" : $" data-at=\"{cell.AtSeconds.ToString("R", CultureInfo.InvariantCulture)}\"";
            var op = cell.Link.StartsWith("op-", StringComparison.Ordinal) ? $" class=\"show-op\" data-op=\"#{Html.Text(cell.Link)}\"" : "";
            text = $"<a href=\"#{Html.Text(cell.Link)}\"{at}{op}>{text}</a>";
        }

        page.Append($"<td{(column.IsNumber ? " class=\"n\"" : "")}{value}>{text}</td>");
    }

    private static string Plots(LayoutReport layout) =>
        $"[{string.Join(',', layout.Plots.Where(p => !p.XIsLog).Select(p => $"[{N(p.Left)},{N(p.Top)},{N(p.Right)},{N(p.Bottom)},{N(p.XMinimum)},{N(p.XMaximum)}]"))}]";

    private static string N(double value) => Math.Round(value, 6).ToString("R", CultureInfo.InvariantCulture);
}
