namespace LlmSim.Graphs.Numbers;

/// <summary>How a weight matrix is stored: the format of its numbers and what its quantisation groups add.</summary>
/// <param name="Format">Format of one weight.</param>
/// <param name="GroupSize">Weights along the reduction dimension that share one scale; 0 when there are no scales.</param>
/// <param name="ScaleBits">Bits of one group's scale (16 for fp16, 8 for MXFP4); 0 when there are no scales.</param>
/// <param name="ZeroPointBits">Bits of one group's zero point; 0 for symmetric quantisation.</param>
public readonly record struct WeightFormat(NumberFormat Format, int GroupSize = 0, int ScaleBits = 0, int ZeroPointBits = 0)
{
    /// <summary>Bytes of a matrix with the given reduction length and outputs, whole groups per output row.</summary>
    /// <param name="reduction">K: inputs that one output sums over.</param>
    /// <param name="outputs">N: outputs, or rows of the stored matrix.</param>
    public double Bytes(double reduction, double outputs)
    {
        var weights = reduction * outputs * Format.Bits() / 8.0;
        if (GroupSize <= 0) return weights;
        return weights + outputs * Math.Ceiling(reduction / GroupSize) * (ScaleBits + ZeroPointBits) / 8.0;
    }
}
