namespace LlmSim.Charts;

/// <summary>One meaning of a colour, a dash, a marker or a hatch, explained above the panels.</summary>
/// <param name="Text">The meaning: "memory-bound".</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Shape">How the sample is drawn.</param>
/// <param name="Dash">Dash of the sample where it is a line.</param>
/// <param name="Marker">Marker of the sample where it has one.</param>
public sealed record KeyEntry(
    string Text, ChartColour Colour, KeyShape Shape = KeyShape.Area, Dash Dash = Dash.Solid, Marker Marker = Marker.None);

/// <summary>How the sample of a <see cref="KeyEntry"/> is drawn.</summary>
public enum KeyShape
{
    /// <summary>A filled square.</summary>
    Area,

    /// <summary>A piece of line.</summary>
    Line,

    /// <summary>A marker.</summary>
    Point,

    /// <summary>A hatched square.</summary>
    Hatch,
}
