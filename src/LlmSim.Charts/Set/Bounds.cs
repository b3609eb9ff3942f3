namespace LlmSim.Charts.Set;

/// <summary>Colours, markers and words of the bounds, the same in every chart.</summary>
internal static class Bounds
{
    public static ChartColour Colour(ChartBound bound) => bound switch
    {
        ChartBound.Memory => ChartColour.Blue,
        ChartBound.Compute => ChartColour.Vermilion,
        ChartBound.Link => ChartColour.Green,
        _ => ChartColour.Purple,
    };

    public static Marker Marker(ChartBound bound) => bound switch
    {
        ChartBound.Memory => Charts.Marker.Circle,
        ChartBound.Compute => Charts.Marker.Square,
        ChartBound.Link => Charts.Marker.Diamond,
        _ => Charts.Marker.Triangle,
    };

    public static string Word(ChartBound bound) => bound switch
    {
        ChartBound.Memory => "memory-bound",
        ChartBound.Compute => "compute-bound",
        ChartBound.Link => "link-bound",
        _ => "overhead-bound",
    };

    public static IReadOnlyList<KeyEntry> Key(IEnumerable<ChartBound> present, bool points) =>
        [.. present.Distinct().Order().Select(b => new KeyEntry(Word(b), Colour(b), points ? KeyShape.Point : KeyShape.Area, Marker: points ? Marker(b) : Charts.Marker.None))];
}
