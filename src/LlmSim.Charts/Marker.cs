namespace LlmSim.Charts;

/// <summary>Shape of a point.</summary>
public enum Marker
{
    /// <summary>No point is drawn.</summary>
    None,

    /// <summary>Filled circle.</summary>
    Circle,

    /// <summary>Filled square.</summary>
    Square,

    /// <summary>Triangle, point up.</summary>
    Triangle,

    /// <summary>Square on its corner.</summary>
    Diamond,

    /// <summary>Circle, not filled.</summary>
    Ring,

    /// <summary>Two crossing strokes.</summary>
    Cross,
}
