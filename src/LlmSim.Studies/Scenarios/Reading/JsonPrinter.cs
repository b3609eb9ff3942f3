using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>Writes a JSON tree back as text: the scenario as it was run, and the content that identifies a point of a study.</summary>
public static class JsonPrinter
{
    /// <summary>The text of a tree; without line breaks when it is not indented.</summary>
    public static string Print(JsonValue value, bool indented = true) => JsonOutput.Text(json => Write(json, value), indented);

    /// <summary>Writes a tree as the next value.</summary>
    internal static void Write(Utf8JsonWriter json, JsonValue value)
    {
        switch (value.Kind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var (name, member) in value.Members)
                {
                    json.WritePropertyName(name);
                    Write(json, member);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.Items) Write(json, item);
                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                json.WriteStringValue(value.Text);
                break;
            case JsonValueKind.Number:
                json.WriteRawValue(value.Text);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                json.WriteBooleanValue(value.Kind == JsonValueKind.True);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }
}
