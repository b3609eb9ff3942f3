namespace LlmSim.Charts.Marks;

/// <summary>A thin line across the panel: an SLO, a capacity, a ridge point. Its <see cref="Mark.Name"/> is its label, with the value in it.</summary>
public sealed record ReferenceMark : Mark
{
    /// <summary>Where it crosses the axis.</summary>
    public required double At { get; init; }

    /// <summary>It stands upright on the x axis instead of lying at a height of the y axis.</summary>
    public bool Vertical { get; init; }

    /// <summary>How the line is broken.</summary>
    public Dash Dash { get; init; }

    /// <summary>The axis is widened to show it; otherwise it is drawn only where the data's range reaches it.</summary>
    public bool Widens { get; init; } = true;
}
