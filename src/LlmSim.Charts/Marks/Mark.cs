namespace LlmSim.Charts.Marks;

/// <summary>
/// Something drawn on a panel's axes. The kinds are the sealed records beside this file; a renderer knows them all.
/// To add a kind: one record here, one drawer in <c>Svg/Drawers</c>, one case in <c>MarkDrawer</c> and in <c>ChartCsv</c>.
/// </summary>
public abstract record Mark
{
    /// <summary>Name of the series: its label in the picture, its name in the CSV. Empty: not labelled.</summary>
    public string Name { get; init; } = "";

    /// <summary>Colour of the line, the points or the area.</summary>
    public ChartColour Colour { get; init; } = ChartColour.Blue;

    /// <summary>Labels of more important marks are placed first and dropped last.</summary>
    public double Importance { get; init; }
}
