using LlmSim.Charts;
using LlmSim.Files;
using LlmSim.Studies.Passes;

namespace LlmSim.Cli.Output;

/// <summary>The folder that <c>analyze --out</c> writes: data, charts and a page, whole or not at all.</summary>
internal static class AnalysisFolder
{
    /// <summary>Writes the folder.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<PassAnswer> answers)
    {
        try
        {
            Fill(path, answers);
        }
        catch (Exception e) when (WriteProblem.Is(e))
        {
            throw new InputException(new InputError(path, 0, "", "the folder cannot be written: " + e.Message, "choose another with --out"));
        }
    }

    private static void Fill(string path, IReadOnlyList<PassAnswer> answers)
    {
        using var folder = new AtomicFolder(path);
        using (var json = new StreamWriter(folder.File("analysis.json"))) AnalysisOutput.WriteJson(answers, json);
        using (var csv = new StreamWriter(folder.File(answers.Count == 1 ? "operators.csv" : "points.csv"))) AnalysisOutput.WriteCsv(answers, csv);
        var charts = answers.Count == 1
            ? (IReadOnlyList<(string Name, Chart Chart)>)[("roofline", PassCharts.Roofline(answers[0])), ("operators", PassCharts.Operators(answers[0]))]
            : PassCurves.Charts(answers);
        foreach (var (name, chart) in charts) ChartFiles.Write(chart, folder.Path, name);
        File.WriteAllText(folder.File("index.html"), answers.Count == 1 ? PassPage.Write(answers[0]) : PassPage.Write(answers));
        folder.Commit();
    }
}
