namespace LlmSim.Charts;

/// <summary>Orders in which series take their colours and second channels.</summary>
public static class ChartColours
{
    private static readonly ChartColour[] Lines =
        [ChartColour.Blue, ChartColour.Vermilion, ChartColour.Green, ChartColour.Purple, ChartColour.Orange, ChartColour.Sky, ChartColour.Black];

    private static readonly ChartColour[] Fills =
        [ChartColour.Blue, ChartColour.Orange, ChartColour.Green, ChartColour.Sky, ChartColour.Vermilion, ChartColour.Purple, ChartColour.Yellow, ChartColour.Grey];

    /// <summary>Colour of the i-th line: never yellow; repeats after seven, so vary <see cref="Dash(int)"/> with it.</summary>
    public static ChartColour Line(int index) => Lines[index % Lines.Length];

    /// <summary>Colour of the i-th filled area.</summary>
    public static ChartColour Fill(int index) => Fills[index % Fills.Length];

    /// <summary>Dash of the i-th line: the second channel beside its colour.</summary>
    public static Dash Dash(int index) => (Dash)(index % 4);

    /// <summary>Marker of the i-th series: the second channel beside its colour.</summary>
    public static Marker Marker(int index) => (Marker)(1 + index % 6);
}
