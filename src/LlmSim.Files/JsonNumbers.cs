using System.Text.Json;

namespace LlmSim.Files;

/// <summary>JSON has no infinity and no NaN: what is not known or not defined is null, everywhere.</summary>
public static class JsonNumbers
{
    /// <summary>Writes a member whose value is a number, or null where it is not finite.</summary>
    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, double value)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
