namespace LlmSim.Graphs.Operators;

/// <summary>
/// Consecutive or scattered layers that are alike: found once, counted as often as they occur. Embedding and head are groups of one.
/// </summary>
/// <param name="Name">"embedding", "layer", "layer (window 128)", "head".</param>
/// <param name="Layers">Indexes of the transformer layers of this kind, ascending; empty for the parts before and after the layers.</param>
/// <param name="Operators">The operators of one such layer, in an order that respects their data flow.</param>
/// <param name="Values">
/// The activations that these operators read and write. Value 0 enters the group and value <see cref="OutputValue"/> leaves it, to be value 0 of what follows.
/// </param>
/// <param name="OutputValue">Index of the value handed to the next layer.</param>
public sealed record LayerGroup(
    string Name, IReadOnlyList<int> Layers, IReadOnlyList<Operator> Operators, IReadOnlyList<ActivationValue> Values, int OutputValue)
{
    /// <summary>How often this group runs in one pass.</summary>
    public int Count => Math.Max(1, Layers.Count);
}
