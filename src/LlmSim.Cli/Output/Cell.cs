using System.Text.Json;
using LlmSim.Charts.Numbers;
using LlmSim.Files;

namespace LlmSim.Cli.Output;

/// <summary>A value in a table: as people read it, and as programs do.</summary>
/// <param name="Shown">For eyes: "13.5 GB".</param>
/// <param name="Raw">For CSV: "13476831232".</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
/// <param name="Number">The value of a number.</param>
internal readonly record struct Cell(string Shown, string Raw, bool IsNumber, double Number = double.NaN)
{
    /// <summary>A text.</summary>
    public static implicit operator Cell(string text) => new(text, CsvText.Field(text), false);

    /// <summary>A whole number, written out.</summary>
    public static implicit operator Cell(long number) => new(number.ToString("N0"), CsvText.Field(number), true, number);

    /// <summary>A quantity shown with three digits and an SI prefix.</summary>
    public static Cell Si(double value, Unit? unit = null) => new(Shorten(value, unit ?? Unit.None), CsvText.Field(value), true, value);

    private static string Shorten(double value, Unit unit) =>
        double.IsNaN(value) ? "–" : double.IsInfinity(value) ? "∞" : SiFormat.Value(value, unit);

    /// <summary>A share from 0 to 1, shown in percent.</summary>
    public static Cell Share(double share) => new((share * 100).ToString("0.0") + " %", CsvText.Field(share), true, share);

    /// <summary>Writes the cell as a JSON member; a number that is not finite is null.</summary>
    public void WriteJson(Utf8JsonWriter json, string name)
    {
        if (!IsNumber) json.WriteString(name, Shown);
        else json.WriteNumberOrNull(name, Number);
    }
}
