namespace LlmSim.Graphs.Building.Shapes;

/// <summary>Which normalisation a model uses throughout.</summary>
/// <param name="Centred">True for LayerNorm (subtracts the mean, has a bias); false for RMSNorm.</param>
/// <param name="Epsilon">Added to the variance.</param>
internal sealed record NormShape(bool Centred, float Epsilon)
{
    /// <summary>Parameters of one norm over a width.</summary>
    public double Parameters(int width) => Centred ? 2.0 * width : width;
}
