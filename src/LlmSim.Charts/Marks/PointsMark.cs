namespace LlmSim.Charts.Marks;

/// <summary>Points that are not joined.</summary>
public sealed record PointsMark : Mark
{
    /// <summary>The points.</summary>
    public required IReadOnlyList<ChartPoint> Points { get; init; }

    /// <summary>Their shape.</summary>
    public Marker Marker { get; init; } = Marker.Circle;

    /// <summary>Diameter in pixels of a point without a share; a point with a share of 1 is seven times as wide.</summary>
    public double Size { get; init; } = 9;
}
