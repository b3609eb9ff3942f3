using System.Runtime.ExceptionServices;
using LlmSim.Charts;
using LlmSim.Charts.Svg;
using LlmSim.Files;
using LlmSim.Studies.Reports;

namespace LlmSim.Studies.Sweeps;

/// <summary>Writes what a study shows beside its store: points.csv, points.json, its charts with their data, report.html; each is replaced whole.</summary>
public static class StudyFiles
{
    /// <summary>The store's name in a study's folder.</summary>
    public const string StoreName = "study.db";

    private const string PointsJson = "points.json", PointsCsv = "points.csv", Report = "report.html";

    /// <summary>Begins a study's folder or takes it up again.</summary>
    /// <param name="path">Its place.</param>
    /// <exception cref="InputException">It holds something that no study wrote.</exception>
    public static GrowingFolder Folder(string path) =>
        // The database keeps its log, its index of it and, while it turns to a log, its journal beside it.
        new(path, [StoreName, StoreName + "-wal", StoreName + "-shm", StoreName + "-journal", PointsJson, PointsCsv, Report]);

    /// <summary>Writes the files.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Where to: <see cref="Folder"/>.</param>
    /// <param name="metrics">Columns of the page's table.</param>
    /// <param name="renderer">Draws the charts that lie beside the page; null for the built-in one.</param>
    public static void Write(StudyResult study, GrowingFolder folder, IReadOnlyList<StudyMetric> metrics, IChartRenderer? renderer = null)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(folder);
        AtOnce(
        [
            () => WriteCharts(study, folder, metrics, renderer),
            () => AtomicFile.Write(folder.File(PointsJson), stream => StudyTables.WriteJson(study, stream)),
            () => AtomicFile.Write(folder.File(PointsCsv), stream =>
            {
                using var text = new StreamWriter(stream);
                StudyTables.WriteCsv(study, text);
            }),
        ]);
    }

    private static void WriteCharts(StudyResult study, GrowingFolder folder, IReadOnlyList<StudyMetric> metrics, IChartRenderer? renderer)
    {
        var charts = StudyCharts.All(study);
        IChartRenderer With(Chart chart, RenderedChart? picture) => renderer?.Draws(chart) == true ? renderer : new Drawn(picture);
        folder.Expect(charts.SelectMany(c => new[] { c.Name + ".csv", c.Name + With(c.Chart, null).Extension }));
        var drawn = new ChartBlock[charts.Count];
        AtOnce(
        [
            .. charts.Select((c, i) => (Action)(() =>
            {
                // Drawn once, for the file and for the page, where its name keeps its ids apart from those of the others.
                var picture = new SvgRenderer(c.Name + "-").Render(c.Chart);
                var csv = ChartCsv.Write(c.Chart);
                drawn[i] = new ChartBlock(c.Chart, c.Name, Drawn: picture, Csv: csv);
                ChartFiles.Write(c.Chart, folder.Path, c.Name, With(c.Chart, picture), csv);
            })),
        ]);
        AtomicFile.WriteText(folder.File(Report), StudyReport.Write(study, metrics, drawn));
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
            ExceptionDispatchInfo.Throw(several.Flatten().InnerExceptions[0]);
        }
    }

    /// <summary>Saves a picture that is there already.</summary>
    private sealed class Drawn(RenderedChart? picture) : IChartRenderer
    {
        public string Extension => ".svg";

        public void Save(Chart chart, string path) => File.WriteAllText(path, picture!.Svg);
    }
}
