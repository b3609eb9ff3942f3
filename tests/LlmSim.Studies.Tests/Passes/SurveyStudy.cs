using System.Globalization;
using LlmSim.Studies.Passes;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Passes;

/// <summary>Runs a scenario of <c>scenarios/survey</c> and finds points in what comes out.</summary>
internal static class SurveyStudy
{
    private static readonly RunParts s_parts = new();

    public static PassStudyResult Run(int figure, params string[] sets) => Named(FormattableString.Invariant($"figure-{figure:00}"), sets);

    public static PassStudyResult Named(string scenario, params string[] sets) =>
        PassStudy.Execute(ScenarioFile.Load(Repository.Path($"scenarios/survey/{scenario}.json"), sets), s_parts);

    public static PassAnswer At(PassStudyResult study, params (string Path, string Value)[] where) =>
        study.Points.Single(p => where.All(w => Text(p, w.Path) == w.Value)).Answer;

    public static string Text(PassPoint point, string path) => AxisValue.Shown(point.Values.First(v => v.Key == path).Value);

    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
