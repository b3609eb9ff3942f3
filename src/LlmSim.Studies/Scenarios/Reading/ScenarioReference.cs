using System.Globalization;
using System.Text;

namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>Writes the reference of scenario files, <c>docs/scenario-reference.md</c>, from the types and their doc comments.</summary>
internal static class ScenarioReference
{
    /// <summary>The page's text.</summary>
    public static string Write()
    {
        var docs = new TypeDocs();
        var text = new StringBuilder();
        text.Append("# Scenario files, member by member\n\n");
        text.Append("Written from the program's own types; a test keeps it so. JSON with comments and trailing commas; unknown members are refused;\n");
        text.Append("relative paths are relative to the file that holds them. `--set path=value` sets any member over the file's.\n");
        Section(text, "The scenario", "", typeof(Scenario), docs, []);
        return text.ToString();
    }

    private static void Section(StringBuilder text, string title, string path, Type type, TypeDocs docs, HashSet<Type> written)
    {
        if (!written.Add(type)) return;
        var shape = RecordShape.Of(type);
        var defaults = Activator.CreateInstance(type)!;
        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{docs.Of(type)}\n\n| member | value | default | meaning |\n| --- | --- | --- | --- |\n");
        foreach (var member in shape.Members)
        {
            var meaning = docs.Of(member.Property);
            if (member.Kinds is { } kinds) meaning += $" *{string.Join(", ", kinds)}*";
            text.Append(CultureInfo.InvariantCulture, $"| `{member.Name}` | {Value(member)} | {Default(member, defaults)} | {meaning.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        foreach (var member in shape.Members.Where(m => m.IsObject))
        {
            var inner = path.Length == 0 ? member.Name : path + "." + member.Name;
            Section(text, "`" + inner + (member.IsList ? "[]" : "") + "`", inner, member.Type, docs, written);
        }
    }

    private static string Value(MemberShape member)
    {
        if (member.IsUnchecked) return member.Name == "axes" ? "path: list or range" : "list of lists";
        var one = member.IsObject ? RecordShape.Of(member.Type).Shorthand is null ? "object" : "number or object"
            : member.Type == typeof(bool) ? "true, false"
            : member.Choices is { } choices ? string.Join(", ", choices)
            : member.Type == typeof(string) ? member.IsPath ? "path" : member.PathEndings is null ? "text" : "name or path"
            : Number(member);
        return member.IsList ? "list: " + one : one;
    }

    private static string Number(MemberShape member)
    {
        var kind = member.Type == typeof(double) ? "number" : "whole number";
        if (member.Bounds is not { } bounds) return kind;
        var most = bounds.Max < double.MaxValue ? string.Create(CultureInfo.InvariantCulture, $" to {bounds.Max:0.######}") : " or more";
        return string.Create(CultureInfo.InvariantCulture, $"{kind}, {bounds.Min:0.##########}{most}");
    }

    private static string Default(MemberShape member, object owner)
    {
        if (member.IsNeeded) return "must be given";
        return member.IsObject || member.IsList || member.IsUnchecked ? "" : member.Default(owner) switch
        {
            null or "" => "",
            bool flag => flag ? "true" : "false",
            var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }
}
