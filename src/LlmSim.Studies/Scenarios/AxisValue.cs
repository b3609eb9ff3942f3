using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>A value of an axis as tables, pages and charts show it.</summary>
public static class AxisValue
{
    private const int MostBrief = 24;

    /// <summary>The whole value: a word or number as written, a list of words as "a+b" (an empty one as "none"), anything else as JSON in one line.</summary>
    public static string Shown(JsonValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Kind is JsonValueKind.String or JsonValueKind.Number) return value.Text;
        if (value.Kind == JsonValueKind.Array && value.Items.All(item => item.Kind == JsonValueKind.String))
            return value.Items.Count == 0 ? "none" : string.Join('+', value.Items.Select(item => item.Text));
        return JsonPrinter.Print(value, indented: false);
    }

    /// <summary>The same, cut where it is long (an object as a value): for labels and narrow tables.</summary>
    public static string Brief(JsonValue value)
    {
        var text = Shown(value);
        return text.Length <= MostBrief ? text : text[..(MostBrief - 1)] + "…";
    }
}
