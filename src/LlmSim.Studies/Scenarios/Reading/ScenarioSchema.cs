using System.Globalization;
using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>Writes the JSON schema of scenario files from the types, for completion and checks in editors.</summary>
internal static class ScenarioSchema
{
    /// <summary>The schema's text.</summary>
    public static string Write()
    {
        var docs = new TypeDocs();
        return JsonOutput.Text(json =>
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://json-schema.org/draft-07/schema#");
            json.WriteString("title", "LlmSim scenario");
            Object(json, typeof(Scenario), docs);
            json.WriteEndObject();
        }) + "\n";
    }

    private static void Object(Utf8JsonWriter json, Type type, TypeDocs docs)
    {
        var shape = RecordShape.Of(type);
        var defaults = Activator.CreateInstance(type)!;
        if (shape.Shorthand is null) json.WriteString("type", "object");
        else json.WriteTexts("type", ["object", "number"]);
        json.WriteString("description", docs.Of(type));
        json.WriteStartObject("properties");
        if (type == typeof(Scenario))
        {
            json.WriteStartObject("$schema");
            json.WriteString("type", "string");
            json.WriteEndObject();
        }

        foreach (var member in shape.Members)
        {
            json.WriteStartObject(member.Name);
            Member(json, member, defaults, docs);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (type == typeof(EngineSection))
        {
            // The engine's own flags.
            json.WriteStartObject("patternProperties");
            json.WriteStartObject("^--");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteBoolean("additionalProperties", false);
        var needed = shape.Members.Where(m => m.IsNeeded && m.Kinds is null).ToList();
        if (needed.Count > 0) json.WriteTexts("required", needed.Select(m => m.Name));
    }

    private static void Member(Utf8JsonWriter json, MemberShape member, object owner, TypeDocs docs)
    {
        var text = docs.Of(member.Property);
        if (member.Kinds is { } kinds) text += " For kind " + string.Join(", ", kinds) + ".";
        if (member.IsUnchecked)
        {
            json.WriteString("description", text);
            return;
        }

        if (member.IsList)
        {
            json.WriteString("description", text);
            json.WriteString("type", "array");
            json.WriteStartObject("items");
            if (member.IsObject) Object(json, member.Type, docs);
            else Value(json, member);
            json.WriteEndObject();
            return;
        }

        if (member.IsObject)
        {
            Object(json, member.Type, docs);
            return;
        }

        json.WriteString("description", text);
        Value(json, member);
        switch (member.Default(owner))
        {
            case bool flag: json.WriteBoolean("default", flag); break;
            case string { Length: > 0 } given: json.WriteString("default", given); break;
            case int or long or ulong or double: json.WriteNumber("default", Convert.ToDouble(member.Default(owner), CultureInfo.InvariantCulture)); break;
            default: break;
        }
    }

    private static void Value(Utf8JsonWriter json, MemberShape member)
    {
        var name = member.Type == typeof(bool) ? "boolean" : member.Type == typeof(string) ? "string" : member.Type == typeof(double) ? "number" : "integer";
        json.WriteString("type", name);
        if (member.Choices is { } choices) json.WriteTexts("enum", choices);
        if (member.Bounds is not { } bounds) return;
        json.WriteNumber("minimum", bounds.Min);
        if (bounds.Max < double.MaxValue) json.WriteNumber("maximum", bounds.Max);
    }
}
