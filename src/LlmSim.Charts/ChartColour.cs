namespace LlmSim.Charts;

/// <summary>The colours of the charts: Okabe and Ito's set, which people with any colour vision can tell apart, grey for what is not the point, red for limits.</summary>
public enum ChartColour
{
    /// <summary>Black; white on dark paper.</summary>
    Black,

    /// <summary>Blue #0072B2.</summary>
    Blue,

    /// <summary>Vermilion #D55E00.</summary>
    Vermilion,

    /// <summary>Bluish green #009E73.</summary>
    Green,

    /// <summary>Reddish purple #CC79A7.</summary>
    Purple,

    /// <summary>Orange #E69F00.</summary>
    Orange,

    /// <summary>Sky blue #56B4E9.</summary>
    Sky,

    /// <summary>Yellow #F0E442: for areas only, never for lines or text on white.</summary>
    Yellow,

    /// <summary>Grey: dominated points, guides.</summary>
    Grey,

    /// <summary>Red: limits such as an SLO or a capacity.</summary>
    Red,
}
