using System.Text.Json;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Sweeps;

/// <summary>A place along a series.</summary>
/// <param name="X">Value of the axis that the series runs along.</param>
/// <param name="Outcome">What came of the point.</param>
public readonly record struct SeriesPoint(double X, PointOutcome Outcome);

/// <summary>Points of a study that differ along one axis only: a curve of a chart.</summary>
/// <param name="Name">What they share: "sarathi, maxSequences 64".</param>
/// <param name="Places">Which values they share: the place in each group of axes, −1 in the group that they run along.</param>
/// <param name="Points">The points that were run, by rising value.</param>
public sealed record StudySeries(string Name, IReadOnlyList<int> Places, IReadOnlyList<SeriesPoint> Points)
{
    /// <summary>The series along an axis, in the order of the study's points.</summary>
    /// <param name="study">The study.</param>
    /// <param name="path">The axis, whose values are numbers.</param>
    public static IReadOnlyList<StudySeries> Along(StudyResult study, string path)
    {
        ArgumentNullException.ThrowIfNull(study);
        var groups = study.Axes.Groups;
        var along = Enumerable.Range(0, groups.Count).First(g => groups[g].Any(a => a.Path == path));
        var values = groups[along].First(a => a.Path == path).Values;
        var series = new Dictionary<int, (int[] Places, List<SeriesPoint> Points)>();
        for (var i = 0; i < study.Points.Count; i++)
        {
            var places = study.Axes.Places(i);
            var x = values[places[along]].Number;
            places[along] = -1;
            // The index of the series' first point tells series apart.
            var first = study.Axes.Index([.. places.Select(p => Math.Max(p, 0))]);
            if (!series.TryGetValue(first, out var of)) series.Add(first, of = (places, []));
            if (study.Points[i].Runs.Count > 0) of.Points.Add(new SeriesPoint(x, study.Points[i]));
        }

        return
        [
            .. series.Values.Where(s => s.Points.Count > 0)
                .Select(s => new StudySeries(Label(study, s.Places) is { Length: > 0 } name ? name : study.File.Scenario.Engine.Settings.Policy, s.Places, [.. s.Points.OrderBy(p => p.X)])),
        ];
    }

    /// <summary>What a point has along the groups of axes: names speak for themselves, numbers need the member they belong to.</summary>
    /// <param name="study">The study.</param>
    /// <param name="places">The place in each group; −1 for a group that is left out.</param>
    public static string Label(StudyResult study, IReadOnlyList<int> places)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(places);
        return string.Join(", ", Enumerable.Range(0, places.Count).Where(g => places[g] >= 0).Select(g => Label(study, study.Axes.Groups[g], places[g])));
    }

    // The last part of a path, with the one before where zipped axes share it: "groups[0].count".
    private static string Member(StudyResult study, string path, IReadOnlyList<StudyAxis> group)
    {
        // Numbers of replicas go by what these do.
        var groups = study.File.Scenario.Groups;
        for (var i = 0; i < groups.Count; i++)
            if (path == $"groups[{i}].count" && groups[i].Engine?.Settings.Role is { } role && groups.Count(g => g.Engine?.Settings.Role == role) == 1) return role;
        string From(string whole, int dot) => whole[(dot + 1)..];
        var last = path.LastIndexOf('.');
        return last <= 0 || group.Count(a => From(a.Path, a.Path.LastIndexOf('.')) == From(path, last)) == 1 ? From(path, last) : From(path, path.LastIndexOf('.', last - 1));
    }

    // Where zipped axes have a name among their values, the name says it all.
    private static string Label(StudyResult study, IReadOnlyList<StudyAxis> group, int place)
    {
        var names = group.Where(a => a.Values[place].Kind == JsonValueKind.String).Select(a => AxisValue.Brief(a.Values[place])).ToList();
        return names.Count > 0 ? string.Join(", ", names) : string.Join(", ", group.Select(a => $"{Member(study, a.Path, group)} {AxisValue.Brief(a.Values[place])}"));
    }
}
