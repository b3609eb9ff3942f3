namespace LlmSim.Charts.Svg;

/// <summary>A place where a label could stand.</summary>
/// <param name="X">Centre in pixels.</param>
/// <param name="Y">Centre in pixels.</param>
/// <param name="Cost">How much worse than the best place it is; 1 is about one cell of ink under it.</param>
/// <param name="Angle">Clockwise turn in degrees.</param>
/// <param name="Leader">A thin line joins it with what it names.</param>
internal readonly record struct Place(double X, double Y, double Cost, double Angle = 0, bool Leader = false);

/// <summary>A label that wants a place. Places are made when they are tried: of a hundred thousand labels few come so far.</summary>
internal sealed record LabelRequest(string Text, double Size, string Paint, double Importance, IEnumerable<Place> Places)
{
    public bool Bold { get; init; }

    public string Role { get; init; } = "label";

    /// <summary>Colour of its leader.</summary>
    public ChartColour LeaderColour { get; init; } = ChartColour.Grey;

    /// <summary>What it names, where leaders start.</summary>
    public (double X, double Y) Anchor { get; init; }

    public double Width { get; } = Layout.Texts.Width(Text, Size);

    public double Height { get; } = Size * (Layout.Texts.Ascent + Layout.Texts.Descent);
}
