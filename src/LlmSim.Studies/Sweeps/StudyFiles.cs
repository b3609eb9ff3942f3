using System.Runtime.ExceptionServices;
using LlmSim.Charts;
using LlmSim.Charts.Svg;
using LlmSim.Files;
using LlmSim.Studies.Reports;

namespace LlmSim.Studies.Sweeps;

/// <summary>Writes what a study shows beside its store: points.csv, points.json, its charts with their data, report.html; each is replaced whole.</summary>
public static class StudyFiles
{
    /// <summary>Writes the files.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="metrics">Columns of the page's table.</param>
    /// <param name="renderer">Draws the charts that lie beside the page; null for the built-in one.</param>
    public static void Write(StudyResult study, string folder, IReadOnlyList<StudyMetric> metrics, IChartRenderer? renderer = null)
    {
        ArgumentNullException.ThrowIfNull(study);
        var charts = StudyCharts.All(study);
        var drawn = new ChartBlock[charts.Count];
        AtOnce(
        [
            () => AtomicFile.WriteBytes(Path.Combine(folder, "points.json"), StudyTables.Json(study)),
            () => AtomicFile.WriteText(Path.Combine(folder, "points.csv"), StudyTables.Csv(study)),
            .. charts.Select((c, i) => (Action)(() =>
            {
                // Drawn once, for the file and for the page, where its name keeps its ids apart from those of the others.
                var picture = new SvgRenderer(c.Name + "-").Render(c.Chart);
                drawn[i] = new ChartBlock(c.Chart, c.Name, Drawn: picture);
                ChartFiles.Write(c.Chart, folder, c.Name, renderer?.Draws(c.Chart) == true ? renderer : new Drawn(picture));
            })),
        ]);
        AtomicFile.WriteText(Path.Combine(folder, "report.html"), StudyReport.Write(study, metrics, drawn));
    }

    private static void AtOnce(Action[] files)
    {
        try
        {
            // Each is made by one thread from what none of them changes.
            Parallel.Invoke(files);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }

    /// <summary>Saves a picture that is there already.</summary>
    private sealed class Drawn(RenderedChart picture) : IChartRenderer
    {
        public string Extension => ".svg";

        public void Save(Chart chart, string path) => File.WriteAllText(path, picture.Svg);
    }
}
