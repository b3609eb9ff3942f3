using System.Text.Json;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Sweeps;

/// <summary>
/// The points of a study in the order in which they run: those that differ in the offered rate only form a curve, from the lowest rate up, so
/// that it can end where the system saturates. Other points stand alone.
/// </summary>
internal sealed class StudyCurves
{
    private const string Rate = "workload.arrivals.rate";

    public StudyCurves(StudyAxes axes, bool stops)
    {
        var rateVaries = axes.Axes.Any(a => a.Path == Rate && a.Values.All(v => v.Kind == JsonValueKind.Number));
        Stops = stops && rateVaries;
        var points = Enumerable.Range(0, axes.Count);
        All = Stops
            ? [.. points.GroupBy(i => Others(axes.Point(i))).Select(g => (IReadOnlyList<int>)[.. g.OrderBy(i => RateOf(axes.Point(i))).ThenBy(i => i)])]
            : [.. points.Select(i => (IReadOnlyList<int>)[i])];
    }

    /// <summary>Whether a curve ends where it saturates.</summary>
    public bool Stops { get; }

    /// <summary>Indexes of points, curve by curve.</summary>
    public IReadOnlyList<IReadOnlyList<int>> All { get; }

    private static double RateOf(StudyPoint point) => point.Values.First(v => v.Key == Rate).Value.Number;

    private static string Others(StudyPoint point) =>
        string.Join('\n', point.Values.Where(v => v.Key != Rate).Select(v => v.Key + "=" + Scenarios.Reading.JsonPrinter.Print(v.Value, indented: false)));
}
