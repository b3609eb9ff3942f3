using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>Puts values into a JSON tree by path, for <c>--set</c> and for axes; the tree itself is never changed.</summary>
public static class JsonEdit
{
    /// <summary>A tree with one value replaced or added; objects on the way are added where they are missing.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="path">Members from the root: "workload.arrivals.rate", "replicas[1].engine.policy".</param>
    /// <param name="value">The value.</param>
    /// <param name="errors">Takes what is wrong with the path.</param>
    public static JsonValue With(JsonValue root, string path, JsonValue value, InputErrors errors)
    {
        var steps = Steps(path);
        if (steps is not null) return Put(root, steps, 0, value, errors);
        value.Report(errors, $"\"{path}\" is no path to a member", "write workload.arrivals.rate, or replicas[0].engine.policy");
        return root;
    }

    /// <summary>A value as the command line gives it: JSON when it is that, else a text.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="origin">Where, for messages: "--set engine.policy".</param>
    /// <param name="errors">Takes what is wrong with a text that begins as an object or a list does and is none.</param>
    public static JsonValue Value(string text, string origin, InputErrors errors)
    {
        var wrong = new InputErrors();
        var parsed = JsonText.Parse(origin, Encoding.UTF8.GetBytes(text), wrong, firstLine: 0);
        if (wrong.Any && text.StartsWith('{') | text.StartsWith('['))
            foreach (var error in wrong.Items) errors.Add(error);
        return wrong.Any || parsed is null ? new JsonValue { File = origin, Kind = JsonValueKind.String, Text = text } : parsed;
    }

    private static JsonValue Put(JsonValue at, List<object> steps, int depth, JsonValue value, InputErrors errors)
    {
        if (depth == steps.Count) return Placed(value, Path(steps));
        if (steps[depth] is int index)
        {
            if (at.Kind != JsonValueKind.Array || index >= at.Items.Count)
            {
                value.Report(errors, $"{Path(steps)}: there is no item [{index.ToString(CultureInfo.InvariantCulture)}]");
                return at;
            }

            var items = at.Items.ToList();
            items[index] = Put(items[index], steps, depth + 1, value, errors);
            return new JsonValue { File = at.File, Line = at.Line, Path = at.Path, Kind = JsonValueKind.Array, Items = items };
        }

        var name = (string)steps[depth];
        // A number, a text or nothing gives way to the object that the path needs.
        var members = at.Kind == JsonValueKind.Object ? at.Members.ToList() : [];
        var place = members.FindIndex(m => m.Key == name);
        var old = place >= 0 ? members[place].Value : new JsonValue { File = value.File, Line = value.Line, Kind = JsonValueKind.Object, Path = Path(steps[..(depth + 1)]) };
        var put = new KeyValuePair<string, JsonValue>(name, Put(old, steps, depth + 1, value, errors));
        if (place >= 0) members[place] = put;
        else members.Add(put);
        return new JsonValue { File = at.File, Line = at.Line, Path = at.Path, Kind = JsonValueKind.Object, Members = members };
    }

    /// <summary>The value with the path it was put at, so that errors name it.</summary>
    private static JsonValue Placed(JsonValue value, string path) => new()
    {
        File = value.File,
        Line = value.Line,
        Path = path,
        Kind = value.Kind,
        Text = value.Text,
        Number = value.Number,
        Items = value.Items.Select((item, i) => Placed(item, FormattableString.Invariant($"{path}[{i}]"))).ToList(),
        Members = value.Members.Select(m => new KeyValuePair<string, JsonValue>(m.Key, Placed(m.Value, path + "." + m.Key))).ToList(),
    };

    private static string Path(List<object> steps)
    {
        var text = new StringBuilder();
        foreach (var step in steps)
        {
            if (step is int index) text.Append(CultureInfo.InvariantCulture, $"[{index}]");
            else text.Append(text.Length > 0 ? "." : "").Append(step);
        }

        return text.ToString();
    }

    private static List<object>? Steps(string path)
    {
        var steps = new List<object>();
        foreach (var part in path.Split('.'))
        {
            var rest = part;
            var bracket = rest.IndexOf('[', StringComparison.Ordinal);
            var name = bracket < 0 ? rest : rest[..bracket];
            if (name.Length == 0) return null;
            steps.Add(name);
            rest = bracket < 0 ? "" : rest[bracket..];
            while (rest.Length > 0)
            {
                var end = rest.IndexOf(']', StringComparison.Ordinal);
                if (rest[0] != '[' || end < 0 || !int.TryParse(rest.AsSpan(1, end - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)) return null;
                steps.Add(index);
                rest = rest[(end + 1)..];
            }
        }

        return steps;
    }
}
