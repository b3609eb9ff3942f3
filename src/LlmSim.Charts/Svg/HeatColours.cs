namespace LlmSim.Charts.Svg;

/// <summary>
/// A colour map of even lightness steps from dark blue to yellow that people with any colour vision read alike: ten anchors of
/// the published cividis map (Nuñez, Anderton, Renslow 2018), straight lines between them.
/// </summary>
internal static class HeatColours
{
    private static readonly (byte R, byte G, byte B)[] Anchors =
    [
        (0, 34, 78), (18, 53, 112), (59, 73, 108), (87, 93, 109), (112, 113, 115), (138, 134, 120), (165, 156, 116), (195, 179, 105), (225, 204, 85), (254, 232, 56),
    ];

    /// <summary>Colour of a position between 0 and 1.</summary>
    public static string At(double position)
    {
        var at = Math.Clamp(position, 0, 1) * (Anchors.Length - 1);
        var i = Math.Min((int)at, Anchors.Length - 2);
        var f = at - i;
        var (a, b) = (Anchors[i], Anchors[i + 1]);
        return $"#{Mix(a.R, b.R, f):x2}{Mix(a.G, b.G, f):x2}{Mix(a.B, b.B, f):x2}";
    }

    /// <summary>Text that can be read on that colour.</summary>
    public static string TextOn(double position) => position < 0.52 ? "#ffffff" : "#111111";

    private static byte Mix(byte a, byte b, double f) => (byte)Math.Round(a + (b - a) * f, MidpointRounding.AwayFromZero);
}
