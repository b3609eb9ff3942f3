using LlmSim.Charts.Layout;

namespace LlmSim.Charts.Svg;

/// <summary>What the drawers of marks share: the canvas, the maps, and the labels that want a place.</summary>
internal sealed class PanelContext
{
    public required Canvas Canvas { get; init; }

    public required PanelPlan Plan { get; init; }

    public required double Left { get; init; }

    public required double Top { get; init; }

    public required double Right { get; init; }

    public required double Bottom { get; init; }

    /// <summary>Right end of the panel with its margin.</summary>
    public required double CellRight { get; init; }

    public required string IdPrefix { get; init; }

    public required AxisMap X { get; init; }

    public required AxisMap Y { get; init; }

    public required InkMap Ink { get; init; }

    public List<LabelRequest> Labels { get; } = [];

    /// <summary>Labels in the right margin, each with the height it belongs to.</summary>
    public List<EndLabel> EndLabels { get; } = [];

    /// <summary>Values that have no place on the axes.</summary>
    public int LeftOut { get; set; }

    /// <summary>Spots are thinned to this many per series.</summary>
    public const int MostSpots = 200;

    /// <summary>Whether a point can be drawn; if not it is counted.</summary>
    public bool Accepts(double x, double y)
    {
        if (X.Axis.Accepts(x) && Y.Axis.Accepts(y)) return true;
        LeftOut++;
        return false;
    }

    public string Describe(string name, double x, double y)
    {
        var at = $"{Y.Axis.Format(y)} at {X.Axis.Format(x)}";
        return name.Length == 0 ? at : $"{Texts.Fit(Texts.Clean(name), 14, 400)}: {at}";
    }

    public void Spot(double x, double y, string text) => Canvas.Values.Add(new(Math.Round(x, 1), Math.Round(y, 1), text));
}
