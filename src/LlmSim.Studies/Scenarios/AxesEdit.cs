using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Studies.Scenarios;

/// <summary>Takes axes out of a scenario whose members are gone or varied otherwise.</summary>
public static class AxesEdit
{
    /// <summary>What <c>axes</c> and <c>zip</c> become without some axes: values to set over the scenario. What moved along with one of them stays, as an axis or a group of its own.</summary>
    /// <param name="root">The scenario.</param>
    /// <param name="renamed">The path an axis gets, its own to keep it as it is, null to take it out.</param>
    public static IReadOnlyList<KeyValuePair<string, JsonValue>> Without(JsonValue root, Func<string, string?> renamed)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(renamed);
        if (root.Member("axes") is not { Kind: JsonValueKind.Object } axes) return [];
        List<KeyValuePair<string, JsonValue>> kept =
            [.. axes.Members.Select(m => (Path: renamed(m.Key), m.Value)).Where(m => m.Path is not null).Select(m => new KeyValuePair<string, JsonValue>(m.Path!, m.Value))];
        List<KeyValuePair<string, JsonValue>> changed =
            [new("axes", new JsonValue { File = axes.File, Line = axes.Line, Kind = kept.Count > 0 ? JsonValueKind.Object : JsonValueKind.Null, Members = kept })];
        if (root.Member("zip") is not { Kind: JsonValueKind.Array } zip) return changed;
        List<JsonValue> groups = [];
        foreach (var group in zip.Items)
        {
            // A name that is no axis stays, to be told as wrong.
            List<JsonValue> names = [.. group.Items.Where(a => axes.Member(a.Text) is null || renamed(a.Text) == a.Text)];
            if (names.Count > 0 || group.Kind != JsonValueKind.Array) groups.Add(names.Count == group.Items.Count ? group : new JsonValue { File = group.File, Line = group.Line, Path = group.Path, Kind = group.Kind, Items = names });
        }

        changed.Add(new("zip", new JsonValue { File = zip.File, Line = zip.Line, Kind = groups.Count > 0 ? JsonValueKind.Array : JsonValueKind.Null, Items = groups }));
        return changed;
    }
}
