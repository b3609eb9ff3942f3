using LlmSim.Files;

namespace LlmSim.Cli.Output;

/// <summary>A value in a table: as people read it, and as programs do.</summary>
/// <param name="Shown">For eyes: "13.5 GB".</param>
/// <param name="Raw">For programs: "13476831232".</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
internal readonly record struct Cell(string Shown, string Raw, bool IsNumber)
{
    /// <summary>A text.</summary>
    public static implicit operator Cell(string text) => new(text, CsvText.Field(text), false);

    /// <summary>A whole number, written out.</summary>
    public static implicit operator Cell(long number) => new(number.ToString("N0"), CsvText.Field(number), true);

    /// <summary>A quantity shown with three digits and an SI prefix.</summary>
    public static Cell Si(double value, string unit = "") => new(Quantity.Format(value, unit), CsvText.Field(value), true);

    /// <summary>A share from 0 to 1, shown in percent.</summary>
    public static Cell Share(double share) => new((share * 100).ToString("0.0") + " %", CsvText.Field(share), true);
}
