namespace LlmSim.Charts.Svg;

/// <summary>
/// Colours as SVG attributes. Each is written as a plain attribute, which every viewer knows, and as a class, by which a page
/// that embeds the picture gives it its own light or dark colours (<see cref="ChartTheme"/>).
/// </summary>
internal static class Paint
{
    public const string Paper = "class=\"paper\" fill=\"#ffffff\"";
    public const string Ink = "class=\"ink\" fill=\"#1a1a1a\"";
    public const string Muted = "class=\"muted\" fill=\"#555555\"";
    public const string Grid = "class=\"grid\" stroke=\"#e2e2e2\"";
    public const string AxisLine = "class=\"axis\" stroke=\"#8a8a8a\"";
    public const string Halo = "class=\"halo\" fill=\"none\" stroke=\"#ffffff\"";

    /// <summary>Light colour, darker colour for text on white, colour on dark paper, colour for text on dark paper.</summary>
    public static (string Light, string LightText, string Dark, string DarkText) Of(ChartColour colour) => colour switch
    {
        ChartColour.Black => ("#000000", "#1a1a1a", "#f2f2f2", "#f2f2f2"),
        ChartColour.Blue => ("#0072B2", "#00659e", "#3d9fdb", "#6cbcf0"),
        ChartColour.Vermilion => ("#D55E00", "#b04c00", "#e8762a", "#f29a5e"),
        ChartColour.Green => ("#009E73", "#00755a", "#1fb88c", "#4fd0aa"),
        ChartColour.Purple => ("#CC79A7", "#9c4b78", "#d68db6", "#e5a9cb"),
        ChartColour.Orange => ("#E69F00", "#8a6000", "#eba81c", "#f2be55"),
        ChartColour.Sky => ("#56B4E9", "#1d6f9f", "#56B4E9", "#86caf0"),
        ChartColour.Yellow => ("#F0E442", "#6b6400", "#e6d937", "#f0e442"),
        ChartColour.Red => ("#C4161C", "#b01116", "#ff6b6b", "#ff8a8a"),
        _ => ("#8c8c8c", "#5f5f5f", "#8f8f8f", "#b0b0b0"),
    };

    /// <summary>Name of a colour in class names.</summary>
    public static string Name(ChartColour colour) => colour switch
    {
        ChartColour.Black => "black",
        ChartColour.Blue => "blue",
        ChartColour.Vermilion => "vermilion",
        ChartColour.Green => "green",
        ChartColour.Purple => "purple",
        ChartColour.Orange => "orange",
        ChartColour.Sky => "sky",
        ChartColour.Yellow => "yellow",
        ChartColour.Red => "red",
        _ => "grey",
    };

    public static string Fill(ChartColour colour) => $"class=\"f-{Name(colour)}\" fill=\"{Of(colour).Light}\"";

    public static string Stroke(ChartColour colour) => $"class=\"s-{Name(colour)}\" fill=\"none\" stroke=\"{Of(colour).Light}\"";

    public static string Text(ChartColour colour) => $"class=\"t-{Name(colour)}\" fill=\"{Of(colour).LightText}\"";

    /// <summary>Dash array for a stroke of a width; empty for solid.</summary>
    public static string Dashes(Dash dash, double width) => dash switch
    {
        Dash.Dashed => $" stroke-dasharray=\"{Canvas.N(width * 3.5)} {Canvas.N(width * 2)}\"",
        Dash.Dotted => $" stroke-dasharray=\"{Canvas.N(width)} {Canvas.N(width * 1.3)}\"",
        Dash.DashDot => $" stroke-dasharray=\"{Canvas.N(width * 4)} {Canvas.N(width * 1.5)} {Canvas.N(width)} {Canvas.N(width * 1.5)}\"",
        _ => "",
    };
}
