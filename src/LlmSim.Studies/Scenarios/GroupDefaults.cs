using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Studies.Scenarios;

/// <summary>Gives each group of replicas the members of the scenario's machine and engine that it does not name itself.</summary>
internal static class GroupDefaults
{
    private static readonly string[] s_inherited = ["machine", "engine"];

    /// <summary>The tree with complete groups.</summary>
    public static JsonValue Inherit(JsonValue root)
    {
        if (root.Kind != JsonValueKind.Object || root.Member("groups") is not { Kind: JsonValueKind.Array } groups) return root;
        var whole = Like(groups, items: [.. groups.Items.Select(g => g.Kind == JsonValueKind.Object ? Group(g, root) : g)]);
        return Like(root, members: [.. root.Members.Select(m => m.Key == "groups" ? new KeyValuePair<string, JsonValue>("groups", whole) : m)]);
    }

    private static JsonValue Group(JsonValue group, JsonValue root) => Like(group, members: [.. group.Members.Select(m =>
    {
        if (!s_inherited.Contains(m.Key) || m.Value.Kind != JsonValueKind.Object || root.Member(m.Key) is not { Kind: JsonValueKind.Object } general) return m;
        var missing = general.Members.Where(g => m.Value.Member(g.Key) is null);
        return new KeyValuePair<string, JsonValue>(m.Key, Like(m.Value, members: [.. m.Value.Members, .. missing]));
    })]);

    private static JsonValue Like(JsonValue value, IReadOnlyList<KeyValuePair<string, JsonValue>>? members = null, IReadOnlyList<JsonValue>? items = null) => new()
    {
        File = value.File,
        Line = value.Line,
        Path = value.Path,
        Kind = value.Kind,
        Members = members ?? value.Members,
        Items = items ?? value.Items,
    };
}
