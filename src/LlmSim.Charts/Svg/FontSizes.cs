namespace LlmSim.Charts.Svg;

/// <summary>Sizes of type in pixels on the 1200 × 800 canvas: legible at half that size, never under 12 px.</summary>
internal sealed record FontSizes(double Axis, double Tick, double Label)
{
    public const double Title = 28;
    public const double Subtitle = 18;
    public const double Footnote = 14;
    public const double Key = 17;
    public const double SmallKey = 14;

    /// <summary>More series than this get a key instead of labels at their ends.</summary>
    public const int MostDirectLabels = 5;

    /// <summary>Many panels have smaller type.</summary>
    public static FontSizes For(int panels) => panels <= 2 ? new(18, 17, 18) : panels <= 4 ? new(17, 15, 16) : new(15, 13, 14);
}
