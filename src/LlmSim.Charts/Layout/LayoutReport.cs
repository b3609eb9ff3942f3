namespace LlmSim.Charts.Layout;

/// <summary>What a renderer drew and what it left out, so that tests and readers need not trust their eyes.</summary>
/// <param name="Width">Width of the canvas in pixels.</param>
/// <param name="Height">Height of the canvas in pixels.</param>
/// <param name="Texts">Every text, in the order of drawing.</param>
/// <param name="DroppedLabels">Labels for which there was no room.</param>
/// <param name="Notes">What the picture says about itself: values left out, labels dropped.</param>
/// <param name="Values">Values to show under the pointer and by keyboard.</param>
/// <param name="Plots">Where the panels' plots lie, in the order of the panels.</param>
public sealed record LayoutReport(
    double Width, double Height, IReadOnlyList<PlacedText> Texts, IReadOnlyList<string> DroppedLabels, IReadOnlyList<string> Notes, IReadOnlyList<ValueSpot> Values,
    IReadOnlyList<PlotArea> Plots)
{
    /// <summary>Pairs of texts that overlap; empty in every picture that is drawn well.</summary>
    public IEnumerable<(PlacedText First, PlacedText Second)> Collisions()
    {
        for (var i = 0; i < Texts.Count; i++)
        {
            for (var j = i + 1; j < Texts.Count; j++)
            {
                if (Texts[i].Overlaps(Texts[j])) yield return (Texts[i], Texts[j]);
            }
        }
    }

    /// <summary>Texts that leave the canvas; empty in every picture that is drawn well.</summary>
    public IEnumerable<PlacedText> Outside() => Texts.Where(t => !t.Inside(0, 0, Width, Height));
}
