using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>The number formats of a measurement; the two 16-bit formats, which run at one speed, are written as bf16.</summary>
/// <param name="Computed">Activations of a product; for attention the same as <paramref name="Stored"/>.</param>
/// <param name="Stored">Weights of a product, keys and values of attention.</param>
public readonly record struct MeasuredFormats(NumberFormat Computed, NumberFormat Stored)
{
    /// <summary>16 bits throughout.</summary>
    public static MeasuredFormats Bf16 { get; } = new(NumberFormat.Bf16, NumberFormat.Bf16);

    /// <summary>For people: "bf16", or "bf16 × int4" where weights are stored otherwise than computed.</summary>
    public string Label => Computed == Stored ? Stored.Name() : $"{Computed.Name()} × {Stored.Name()}";

    /// <summary>The formats of a product.</summary>
    public static MeasuredFormats Product(NumberFormat activations, NumberFormat weights) => new(Canonical(activations), Canonical(weights));

    /// <summary>The format of attention's cache.</summary>
    public static MeasuredFormats Cache(NumberFormat cache) => new(Canonical(cache), Canonical(cache));

    private static NumberFormat Canonical(NumberFormat format) => format == NumberFormat.Fp16 ? NumberFormat.Bf16 : format;
}

/// <summary>What a measured operator is, and how much of it there was.</summary>
/// <param name="Class">Operator class.</param>
/// <param name="Formats">Number formats.</param>
/// <param name="First">n, or heads.</param>
/// <param name="Second">k, or KV heads.</param>
/// <param name="Third">0, or head width.</param>
/// <param name="Size">m, or sequences.</param>
/// <param name="Length">1, or tokens or keys of each sequence.</param>
public readonly record struct MeasuredShape(MeasuredClass Class, MeasuredFormats Formats, double First, double Second, double Third, double Size, double Length)
{
    /// <summary>A product of m rows, k inputs and n outputs.</summary>
    public static MeasuredShape Gemm(MeasuredFormats formats, double m, double n, double k) => new(MeasuredClass.Gemm, formats, n, k, 0, m, 1);

    /// <summary>Attention.</summary>
    /// <param name="kind">Prefill or decode.</param>
    /// <param name="formats">Format of the cache.</param>
    /// <param name="heads">Query heads, KV heads and their width.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="length">Tokens or keys of each.</param>
    public static MeasuredShape Attention(MeasuredClass kind, MeasuredFormats formats, MeasuredHeads heads, double sequences, double length) =>
        new(kind, formats, heads.Heads, heads.KvHeads, heads.Width, sequences, length);
}

/// <summary>Heads of attention on one device.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">KV heads.</param>
/// <param name="Width">Width of a head.</param>
public readonly record struct MeasuredHeads(double Heads, double KvHeads, double Width)
{
    /// <summary>The heads of an operator; null where tables hold nothing like it: sliding windows, values of another width than keys, encoders.</summary>
    public static MeasuredHeads? Of(Attention attention)
    {
        ArgumentNullException.ThrowIfNull(attention);
        return attention is { Window: null, Causal: true, Cached: true } && attention.HeadDim == attention.ValueHeadDim
            ? new MeasuredHeads(attention.Heads, attention.KvHeads, attention.HeadDim) : null;
    }
}

/// <summary>One measurement.</summary>
/// <param name="Shape">What was measured.</param>
/// <param name="Seconds">Measured time, above 0.</param>
public readonly record struct MeasuredPoint(MeasuredShape Shape, double Seconds);
