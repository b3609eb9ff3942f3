using System.Text.Json;
using LlmSim.Charts.Numbers;

namespace LlmSim.Studies.Sweeps;

/// <summary>Where along an axis one configuration stops being better than another: "pools beat mixed replicas up to a TPOT of 0.06 s".</summary>
/// <param name="Metric">In what.</param>
/// <param name="Axis">The axis: "slo.tpot.seconds".</param>
/// <param name="First">What is better below.</param>
/// <param name="Second">What is better above.</param>
/// <param name="Among">What both share beside it: "rate 8"; empty for nothing.</param>
/// <param name="At">The value of the axis where they are equal, on straight lines between the points.</param>
public sealed record StudyCrossing(StudyMetric Metric, string Axis, string First, string Second, string Among, double At)
{
    // Differences below this share are taken for chance where there is one seed; intervals that overlap are, where there are several.
    private const double Noise = 0.01;

    private const int MostSaid = 12;

    // Of more curves there are hundreds of pairs: nobody reads what comes of them, and comparing them takes longer than reading a study of ten thousand points.
    private const int MostCurves = 24;

    /// <summary>The crossings of a study: pairs of curves that differ along one axis only and change places exactly once.</summary>
    /// <param name="study">The study.</param>
    public static IReadOnlyList<StudyCrossing> Of(StudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        string[] names = study.File.Scenario.Slo is not null ? ["goodputShare"] : ["ttft.p99", "tpot.p99", "throughput.outputTokensPerSecond"];
        List<StudyMetric> metrics = [.. names.Select(StudyMetric.Named)];
        var crossings = new List<StudyCrossing>();
        foreach (var group in study.Axes.Groups)
        {
            if (group[0].Values.Count < 2 || group.FirstOrDefault(a => a.Values.All(v => v.Kind == JsonValueKind.Number)) is not { } axis) continue;
            var series = StudySeries.Along(study, axis.Path);
            if (series.Count > MostCurves) continue;
            for (var a = 0; a < series.Count; a++)
            {
                for (var b = a + 1; b < series.Count; b++)
                {
                    List<int> apart = [.. Enumerable.Range(0, series[a].Places.Count).Where(g => series[a].Places[g] != series[b].Places[g])];
                    if (apart.Count != 1) continue;
                    foreach (var metric in metrics)
                        if (Find(study, metric, axis.Path, series[a], series[b], apart[0]) is { } crossing) crossings.Add(crossing);
                }
            }
        }

        return crossings;
    }

    /// <summary>The crossing in a sentence.</summary>
    public string Sentence =>
        $"{First} beats {Second} in {Metric.Name} up to about {Axis} = {SiFormat.Significant(At)}{(Among.Length > 0 ? $" ({Among})" : "")}; beyond, {Second} is better.";

    /// <summary>Sentences for a table or a page; of many, the first and how many more there are.</summary>
    public static IReadOnlyList<string> Sentences(IReadOnlyList<StudyCrossing> crossings)
    {
        ArgumentNullException.ThrowIfNull(crossings);
        return crossings.Count <= MostSaid ? [.. crossings.Select(c => c.Sentence)]
            : [.. crossings.Take(MostSaid).Select(c => c.Sentence), $"And {crossings.Count - MostSaid} more crossings, in points.json."];
    }

    private static StudyCrossing? Find(StudyResult study, StudyMetric metric, string axis, StudySeries a, StudySeries b, int apart)
    {
        var (below, above, changes) = ((X: double.NaN, Lead: 0.0), (X: double.NaN, Lead: 0.0), 0);
        var last = below;
        foreach (var (x, lead) in Leads(metric, a, b))
        {
            if (lead == 0) continue;
            if (last.Lead * lead < 0) (below, above, changes) = (last, (x, lead), changes + 1);
            last = (x, lead);
        }

        if (changes != 1) return null;
        var at = below.X + (above.X - below.X) * below.Lead / (below.Lead - above.Lead);
        // Only the group in which the two differ tells them apart; what they share stands beside.
        string Name(StudySeries s) => StudySeries.Label(study, [.. s.Places.Select((p, g) => g == apart ? p : -1)]);
        var among = StudySeries.Label(study, [.. a.Places.Select((p, g) => g == apart ? -1 : p)]);
        return below.Lead > 0 ? new StudyCrossing(metric, axis, Name(a), Name(b), among, at) : new StudyCrossing(metric, axis, Name(b), Name(a), among, at);
    }

    /// <summary>By how much the first is better at each value that both have; 0 where chance may have decided.</summary>
    private static IEnumerable<(double X, double Lead)> Leads(StudyMetric metric, StudySeries a, StudySeries b)
    {
        foreach (var (x, outcome) in a.Points)
        {
            if (b.Points.FirstOrDefault(p => p.X == x).Outcome is not { } other) continue;
            var (one, two) = (outcome.Of(metric), other.Of(metric));
            var lead = metric.LessIsBetter ? two.Mean - one.Mean : one.Mean - two.Mean;
            var noise = double.IsNaN(one.HalfWidth) || double.IsNaN(two.HalfWidth)
                ? Noise * Math.Max(Math.Abs(one.Mean), Math.Abs(two.Mean)) : one.HalfWidth + two.HalfWidth;
            yield return (x, Math.Abs(lead) > noise ? lead : 0);
        }
    }
}
