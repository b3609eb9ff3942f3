namespace LlmSim.Charts.Marks;

/// <summary>Values joined by a line, labelled at its end. A value that is not finite breaks the line and is counted.</summary>
public sealed record LineMark : Mark
{
    /// <summary>Positions on the x axis.</summary>
    public required IReadOnlyList<double> X { get; init; }

    /// <summary>Positions on the y axis, as many as <see cref="X"/>.</summary>
    public required IReadOnlyList<double> Y { get; init; }

    /// <summary>How the line is broken.</summary>
    public Dash Dash { get; init; }

    /// <summary>Stroke width in pixels.</summary>
    public double Width { get; init; } = 3;

    /// <summary>Points on the line; none where they would merge.</summary>
    public Marker Marker { get; init; }

    /// <summary>The value holds until the next x: queue lengths, memory in use, CDFs.</summary>
    public bool Step { get; init; }

    /// <summary>Text at the line's end where it is not <see cref="Mark.Name"/>; empty: no label.</summary>
    public string? Label { get; init; }

    /// <summary>The label runs along the line, where the line is straight enough: roofs.</summary>
    public bool LabelAlong { get; init; }
}
