using System.Globalization;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>One axis of a study.</summary>
/// <param name="Path">Member that varies: "workload.arrivals.rate".</param>
/// <param name="Values">What it takes, in order.</param>
public sealed record StudyAxis(string Path, IReadOnlyList<JsonValue> Values);

/// <summary>One point of a study: a value for each axis.</summary>
/// <param name="Index">Place in the order of points, from 0.</param>
/// <param name="Values">The values, in the order of the axes.</param>
public sealed record StudyPoint(int Index, IReadOnlyList<KeyValuePair<string, JsonValue>> Values);

/// <summary>The axes of a study: every combination of their values, where zipped axes move together.</summary>
public sealed class StudyAxes
{
    /// <summary>Values of one axis that are checked one by one before a study begins; of longer ones the ends are, and the rest when their turn comes.</summary>
    private const int MostChecked = 1000;

    /// <summary>More points than this are refused: they would run for days.</summary>
    public const int MostPoints = 1_000_000;

    /// <summary>Members that say which points a study has and how it is shown, not what comes of a point.</summary>
    internal static readonly IReadOnlyList<string> OfStudy = ["axes", "zip", "repeat", "title", "output", "$schema", "stopAtSaturation"];

    private readonly List<List<StudyAxis>> _groups = [];

    private StudyAxes()
    {
    }

    /// <summary>The axes, in the order of the file.</summary>
    public IReadOnlyList<StudyAxis> Axes => [.. _groups.SelectMany(g => g)];

    /// <summary>Axes that move together, in the order of the file; an axis that is not zipped is alone in its group.</summary>
    public IReadOnlyList<IReadOnlyList<StudyAxis>> Groups => _groups;

    /// <summary>Points of the study.</summary>
    public int Count { get; private set; } = 1;

    /// <summary>Reads <c>axes</c> and <c>zip</c>. That the members exist, <see cref="Check(ScenarioFile)"/> tells.</summary>
    /// <exception cref="InputException">Anything is wrong; carries every error.</exception>
    public static StudyAxes Read(ScenarioFile file)
    {
        var errors = new InputErrors();
        var axes = new List<StudyAxis>();
        if (file.Scenario.Axes is { } value)
        {
            if (value.Kind != JsonValueKind.Object) value.Report(errors, $"{value.Shown} is not an object", "write { \"workload.arrivals.rate\": [1, 2, 4] }");
            foreach (var (path, values) in value.Members)
            {
                var first = path[..(path.AsSpan().IndexOfAny('.', '[') is var end and >= 0 ? end : path.Length)];
                if (OfStudy.Contains(first)) values.Report(errors, $"\"{first}\" belongs to the whole study and cannot be an axis", "vary a member that changes what is simulated");
                axes.Add(new StudyAxis(path, Values(values, errors)));
            }
        }

        else if (file.Scenario.Zip is { } alone)
        {
            alone.Report(errors, "stands without \"axes\"", "leave it out, or write the axes that it zips");
            errors.ThrowIfAny();
        }

        var result = new StudyAxes();
        foreach (var names in Zips(file.Scenario.Zip, axes, errors))
        {
            var group = axes.Where(a => names.Contains(a.Path)).ToList();
            if (group.Select(a => a.Values.Count).Distinct().Count() > 1)
                file.Scenario.Zip!.Report(errors, "zipped axes differ in length: " + string.Join(", ", group.Select(a => $"{a.Path} has {a.Values.Count}")), "give them equally many values");
            result._groups.Add(group);
        }

        foreach (var axis in axes) Hidden(axis, axes, errors);
        if (errors.Any)
        {
            // What the axes that can be read do to their members is said with it.
            result._groups.Clear();
            foreach (var axis in axes.Where(a => a.Values.Count > 0)) result._groups.Add([axis]);
            result.Check(file, errors);
            errors.ThrowIfAny();
        }

        // In the file's order: a group stands where its first axis does.
        foreach (var axis in axes.Where(a => !result._groups.Any(g => g.Contains(a)))) result._groups.Add([axis]);
        result._groups.Sort((a, b) => axes.IndexOf(a[0]).CompareTo(axes.IndexOf(b[0])));
        foreach (var group in result._groups) Twice(group, errors);
        long count = 1;
        foreach (var group in result._groups) count = Math.Min(count * Math.Max(1, group[0].Values.Count), MostPoints + 1L);
        if (count > MostPoints) file.Scenario.Axes!.Report(errors, $"the axes span more than {MostPoints} points", "take fewer values");
        errors.ThrowIfAny();
        result.Count = (int)count;
        return result;
    }

    /// <summary>The point of that index; the last axis varies fastest.</summary>
    public StudyPoint Point(int index)
    {
        var values = new List<KeyValuePair<string, JsonValue>>();
        var places = Places(index);
        for (var g = 0; g < places.Length; g++) values.AddRange(_groups[g].Select(a => new KeyValuePair<string, JsonValue>(a.Path, a.Values[places[g]])));

        return new StudyPoint(index, values);
    }

    /// <summary>Checks that the axes are over members that exist and take their values, whatever the values of the other axes.</summary>
    /// <exception cref="InputException">Some do not; carries every error, each once.</exception>
    public void Check(ScenarioFile file)
    {
        var errors = new InputErrors();
        Check(file, errors);
        errors.ThrowIfAny();
    }

    /// <summary>The same; what is wrong is added to other errors.</summary>
    public void Check(ScenarioFile file, InputErrors errors)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(errors);
        var said = new HashSet<string>(StringComparer.Ordinal);
        for (var g = 0; g < _groups.Count; g++)
        {
            var count = _groups[g][0].Values.Count;
            // The first value of all other axes stands beside each value of this one; all first ones together are seen with the first axis.
            foreach (var i in count > MostChecked ? [0, count - 1] : Enumerable.Range(0, count))
            {
                if (i == 0 && g > 0) continue;
                var values = _groups.SelectMany((group, o) => group.Select(a => new KeyValuePair<string, JsonValue>(a.Path, a.Values[o == g ? i : 0])));
                try
                {
                    file.With(values);
                }
                catch (InputException wrong)
                {
                    foreach (var error in wrong.Errors.Items)
                        if (said.Add(error.ToString())) errors.Add(error);
                }
            }
        }
    }

    /// <summary>Which value each of <see cref="Groups"/> has at the point of that index, from 0.</summary>
    public int[] Places(int index)
    {
        var places = new int[_groups.Count];
        for (var g = _groups.Count - 1; g >= 0; g--) (index, places[g]) = Math.DivRem(index, _groups[g][0].Values.Count);
        return places;
    }

    /// <summary>The index of the point with these values: the inverse of <see cref="Places"/>.</summary>
    public int Index(IReadOnlyList<int> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var index = 0;
        for (var g = 0; g < _groups.Count; g++) index = index * _groups[g][0].Values.Count + places[g];
        return index;
    }

    /// <summary>An axis whose values are overwritten by a later axis over what holds it: its points would be alike.</summary>
    private static void Hidden(StudyAxis axis, List<StudyAxis> axes, InputErrors errors)
    {
        var later = axes.Skip(axes.IndexOf(axis) + 1).FirstOrDefault(a => axis.Path.StartsWith(a.Path, StringComparison.Ordinal) && axis.Path[a.Path.Length..] is ['.' or '[', ..]);
        if (later is not null && axis.Values.Count > 0) axis.Values[0].Report(errors, $"the axis over {axis.Path} is overwritten by the one over {later.Path}", "write the inner axis last, or leave it out");
    }

    /// <summary>Values that stand twice, in a group of zipped axes all of them together: the same point would be drawn twice.</summary>
    private static void Twice(List<StudyAxis> group, InputErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < group[0].Values.Count && group.TrueForAll(a => i < a.Values.Count); i++)
        {
            var place = i;
            var shown = string.Join(" with ", group.Select(a => a.Values[place].Kind == JsonValueKind.Number ? a.Values[place].Number.ToString("R", CultureInfo.InvariantCulture) : JsonPrinter.Print(a.Values[place], indented: false)));
            if (!seen.Add(shown)) group[0].Values[i].Report(errors, $"{shown} stands twice in the axis over {string.Join(" and ", group.Select(a => a.Path))}", "give each value once; repeat = 5 runs several seeds");
        }
    }

    private static List<JsonValue> Values(JsonValue value, InputErrors errors)
    {
        if (value.Kind == JsonValueKind.Array)
        {
            if (value.Items.Count == 0) value.Report(errors, "is empty", "give at least one value");
            return [.. value.Items];
        }

        if (value.Kind != JsonValueKind.Object)
        {
            value.Report(errors, $"{value.Shown} is neither a list nor a range", "write [1, 2, 4] or { \"from\": 1, \"to\": 8, \"steps\": 8 }");
            return [];
        }

        var known = errors.Count;
        var reader = new ObjectReader(value, errors);
        var from = reader.Number("from", -1e300, 1e300);
        var to = reader.Number("to", -1e300, 1e300);
        var steps = (int)reader.Integer("steps", 1, MostPoints);
        var logarithmic = reader.Choice("scale", ["linear", "log"], "linear") == "log";
        reader.Finish();
        if (errors.Count > known) return [];
        if (logarithmic && (from <= 0 || to <= 0)) value.Report(errors, "a logarithmic range needs ends above 0");
        if (steps == 1 && from != to) value.Report(errors, "one step cannot reach from one end to the other", "take more steps");
        var values = new List<JsonValue>();
        for (var i = 0; i < steps; i++)
        {
            var share = steps == 1 ? 0 : (double)i / (steps - 1);
            // The ends exactly as written, and the figures between without the noise of floating point.
            var number = i == 0 ? from : i == steps - 1 ? to
                : logarithmic ? Rounded(from * Math.Pow(to / from, share)) : Rounded(from + (to - from) * share);
            values.Add(new JsonValue
            {
                File = value.File,
                Line = value.Line,
                Path = value.Path,
                Kind = JsonValueKind.Number,
                Number = number,
                Text = number.ToString("R", CultureInfo.InvariantCulture),
            });
        }

        return values;
    }

    private static double Rounded(double value) => double.Parse(value.ToString("G10", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static List<List<string>> Zips(JsonValue? value, List<StudyAxis> axes, InputErrors errors)
    {
        var zips = new List<List<string>>();
        if (value is null) return zips;
        if (value.Kind != JsonValueKind.Array || value.Items.Any(i => i.Kind != JsonValueKind.Array))
        {
            value.Report(errors, "is not a list of lists", "write [[\"model\", \"machine.tensorParallel\"]]");
            return zips;
        }

        var paths = axes.Select(a => a.Path).ToList();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var group in value.Items)
        {
            foreach (var item in group.Items)
            {
                if (!paths.Contains(item.Text)) item.Report(errors, $"{item.Shown} is no axis", Names.Suggest(item.Text, paths));
                else if (!taken.Add(item.Text)) item.Report(errors, $"{item.Shown} is zipped twice");
            }

            if (group.Items.Count > 0) zips.Add([.. group.Items.Select(i => i.Text)]);
        }

        return zips;
    }
}
