using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Building.Writing;

/// <summary>How weight matrices are stored in a graph.</summary>
/// <param name="Bits">4 or 8 for quantised matrices; 0 for the format of the activations.</param>
/// <param name="BlockSize">Weights along the reduction that share a scale.</param>
/// <param name="ZeroPoints">Whether each block has a zero point.</param>
/// <param name="MicroScaled">Whether this is MXFP4: 4-bit floats whose scale is an 8-bit power of two.</param>
internal readonly record struct MatrixFormat(int Bits = 0, int BlockSize = 0, bool ZeroPoints = false, bool MicroScaled = false)
{
    /// <summary>Whether the matrices are quantised.</summary>
    public bool Quantised => Bits > 0;

    /// <summary>Bytes of one column's block of weights.</summary>
    public long BytesPerBlock => (long)BlockSize * Bits / 8;

    /// <summary>Blocks along a reduction.</summary>
    public long Blocks(long reduction) => (reduction + BlockSize - 1) / BlockSize;
}

/// <summary>The formats of one graph, from the options and, where they leave it open, the configuration.</summary>
/// <param name="Matrices">Projections and feed-forward networks.</param>
/// <param name="Experts">Matrices of routed experts.</param>
/// <param name="Head">LM head, when it is not tied to the embedding.</param>
/// <param name="Note">What the graph does not show of the checkpoint's own quantisation; null for nothing.</param>
internal sealed record MatrixFormats(MatrixFormat Matrices, MatrixFormat Experts, MatrixFormat Head, string? Note = null)
{
    private static readonly MatrixFormats Plain = new(default, default, default);

    /// <summary>Decides them.</summary>
    public static MatrixFormats Choose(BuildOptions options, ConfigReader config)
    {
        if (options.Weights is { } weights)
        {
            var format = weights == options.Activations ? default : new MatrixFormat(weights.Bits(), options.BlockSize);
            return new MatrixFormats(format, format, format);
        }

        var quantisation = config.Object("quantization_config");
        if (quantisation is null) return Plain;
        var method = quantisation.Text("quant_method", "");
        switch (method)
        {
            // The OCP microscaling format: 4-bit E2M1 in blocks of 32 that share an 8-bit E8M0 scale. Published gpt-oss checkpoints quantise
            // the experts only.
            case "mxfp4":
                return new MatrixFormats(default, new MatrixFormat(4, 32, MicroScaled: true), default);
            // Both leave embedding and head alone.
            case "gptq" or "awq" when quantisation.Has("group_size"):
                return Grouped(quantisation) is { } format ? new MatrixFormats(format, format, default) : Plain;
            default:
                var name = method.Length > 0 ? method : "own";
                var note = $"The checkpoint's {name} quantisation (quantization_config) is not in the graph, whose matrices are ";
                return Plain with { Note = note + options.Activations.Name() + "." };
        }
    }

    private static MatrixFormat? Grouped(ConfigReader quantisation)
    {
        var bits = quantisation.Size(quantisation.Has("w_bit") ? "w_bit" : "bits");
        var group = quantisation.Size("group_size");
        if (!quantisation.Ok) return null;
        const string remedy = "name the format of the weights";
        if (bits is not (4 or 8)) quantisation.Refuse("bits", $"{bits} bits are neither 4 nor 8", remedy);
        if (group is < 16 or > 256 || !int.IsPow2(group)) quantisation.Refuse("group_size", $"{group} is not a power of two from 16 to 256", remedy);
        return quantisation.Ok ? new MatrixFormat(bits, group, quantisation.Flag("zero_point", !quantisation.Flag("sym", true))) : null;
    }
}
