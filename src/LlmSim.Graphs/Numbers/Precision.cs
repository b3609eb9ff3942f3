namespace LlmSim.Graphs.Numbers;

/// <summary>The number format of each role in a forward pass.</summary>
/// <param name="Weights">Storage of the matrices; null keeps what the graph holds, matrix by matrix.</param>
/// <param name="Activations">Storage of activations, and the arithmetic of everything that is not quantised below it.</param>
/// <param name="KvCache">Storage of keys and values.</param>
public readonly record struct Precision(WeightFormat? Weights, NumberFormat Activations, NumberFormat KvCache)
{
    /// <summary>16-bit floating point everywhere.</summary>
    public static Precision Fp16 { get; } = new(new WeightFormat(NumberFormat.Fp16), NumberFormat.Fp16, NumberFormat.Fp16);

    /// <summary>The storage of one matrix under this precision.</summary>
    /// <param name="asExported">What the graph holds for it.</param>
    public WeightFormat WeightsOr(WeightFormat asExported) => Weights ?? asExported;
}
