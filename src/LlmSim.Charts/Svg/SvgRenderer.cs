using System.Text;
using LlmSim.Charts.Layout;
using LlmSim.Charts.Svg.Drawers;

namespace LlmSim.Charts.Svg;

/// <summary>
/// The built-in renderer: SVG with text as text, a viewBox, title and description, and system fonts. Same chart, same bytes.
/// </summary>
/// <param name="idPrefix">Put before every id, so that several charts can stand in one page.</param>
public sealed class SvgRenderer(string idPrefix = "") : IChartRenderer
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <inheritdoc/>
    public string Extension => ".svg";

    /// <inheritdoc/>
    public void Save(Chart chart, string path) => File.WriteAllText(path, Render(chart).Svg, Utf8);

    /// <summary>Draws a chart.</summary>
    /// <param name="chart">What to draw; any data, also none.</param>
    /// <returns>The SVG text and the report of its layout.</returns>
    public RenderedChart Render(Chart chart)
    {
        var drawing = new ChartDrawing(chart, idPrefix, roomForNotes: false);
        drawing.Draw();
        // Notes are said in a line of their own, and many panels need a higher canvas: both are known only now.
        for (var again = 0; again < 3 && (drawing.NeededHeight > drawing.Canvas.Height || drawing.Canvas.Notes.Count > 0 && !drawing.RoomForNotes); again++)
        {
            drawing = new ChartDrawing(chart, idPrefix, drawing.RoomForNotes || drawing.Canvas.Notes.Count > 0, drawing.NeededHeight);
            drawing.Draw();
        }

        var canvas = drawing.Canvas;
        var layout = new LayoutReport(canvas.Width, canvas.Height, canvas.Texts, canvas.Dropped, canvas.Notes, canvas.Values, canvas.Plots);
        return new(Document(chart, canvas), layout);
    }

    private string Document(Chart chart, Canvas canvas)
    {
        var (w, h) = (Canvas.N(canvas.Width), Canvas.N(canvas.Height));
        var title = Canvas.Escape(Texts.Clean(chart.Title));
        var description = chart.Description.Length > 0 ? chart.Description : string.Join(". ", new[] { chart.Subtitle, chart.Footnote }.Where(s => s.Length > 0));
        var patterns = HatchDrawer.Patterns(idPrefix, Enum.GetValues<ChartColour>().Where(c => canvas.Body.Contains($"{idPrefix}hatch-{Paint.Name(c)})", StringComparison.Ordinal)));
        var svg = new StringBuilder(canvas.Body.Length + 1000);
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" ");
        svg.Append($"aria-labelledby=\"{idPrefix}title {idPrefix}desc\" font-family=\"{Texts.FontFamily}\">\n");
        svg.Append($"<title id=\"{idPrefix}title\">{title}</title>\n<desc id=\"{idPrefix}desc\">{Canvas.Escape(Texts.Clean(description))}</desc>\n");
        if (patterns.Length > 0) svg.Append($"<defs>\n{patterns}</defs>\n");
        svg.Append(canvas.Body).Append("</svg>\n");
        return svg.ToString();
    }
}
