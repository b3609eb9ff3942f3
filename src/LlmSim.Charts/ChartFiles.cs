using System.Text;
using LlmSim.Charts.Svg;

namespace LlmSim.Charts;

/// <summary>A chart as files: the picture and, beside it, its data.</summary>
public static class ChartFiles
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes <c>name.svg</c> (or the renderer's kind) and <c>name.csv</c>, replacing files that are there.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="folder">Where to; it is made if it is not there.</param>
    /// <param name="name">File name without extension.</param>
    /// <param name="renderer">Draws the picture, if it can; null: the built-in one.</param>
    /// <param name="csv">Its data as <see cref="ChartCsv"/> wrote them already; null: they are written anew.</param>
    /// <returns>The picture's path.</returns>
    public static string Write(Chart chart, string folder, string name, IChartRenderer? renderer = null, string? csv = null)
    {
        if (renderer?.Draws(chart) != true) renderer = new SvgRenderer();
        Directory.CreateDirectory(folder);
        var picture = Path.Combine(folder, name + renderer.Extension);
        renderer.Save(chart, picture);
        File.WriteAllText(Path.Combine(folder, name + ".csv"), csv ?? ChartCsv.Write(chart), Utf8);
        return picture;
    }
}
