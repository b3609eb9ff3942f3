using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Convolutions and pooling: [N, C, spatial...].</summary>
internal static class ConvolutionShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "Conv" or "FusedConv" => static c => c.Out(0, Windowed(c, c.Size(1, 0), Kernel(c, 1))),
        "ConvInteger" => static c => c.Out(0, Windowed(c, c.Size(1, 0), Kernel(c, 1)), OnnxElementType.Int32),
        "QLinearConv" => static c => c.Out(0, Windowed(c, c.Size(3, 0), Kernel(c, 3)), c.Type(7)),
        "MaxPool" or "AveragePool" or "LpPool" => Pool,
        "GlobalAveragePool" or "GlobalMaxPool" or "GlobalLpPool" => GlobalPool,
        "CausalConvWithState" => CausalConvWithState,
        "ConvTranspose" => ConvTranspose,
        "Resize" or "Upsample" => Resize,
        _ => null,
    };

    private static Dim[]? Kernel(ShapeContext c, int slot)
    {
        if (c.Node.Ints("kernel_shape") is { } listed)
        {
            var given = new Dim[listed.Count];
            for (var i = 0; i < given.Length; i++) given[i] = listed[i];
            return given;
        }

        return c.In(slot) is { Rank: > 2 } weights ? weights.Dims[2..].ToArray() : null;
    }

    private static void Pool(ShapeContext c)
    {
        var output = Windowed(c, c.Size(0, 1), Kernel(c, -1));
        c.Out(0, output);
        c.Out(1, output, OnnxElementType.Int64);
    }

    private static Shape? Windowed(ShapeContext c, Dim channels, Dim[]? kernel)
    {
        if (c.In(0) is not { Rank: > 2 } input || kernel is null || kernel.Length != input.Rank - 2) return null;
        var strides = c.Node.Ints("strides");
        var dilations = c.Node.Ints("dilations");
        var pads = c.Node.Ints("pads");
        var automatic = c.Node.Text("auto_pad", "NOTSET");
        var dims = new Dim[input.Rank];
        dims[0] = input[0];
        dims[1] = channels;
        for (var i = 0; i < kernel.Length; i++)
        {
            Dim stride = strides is not null && i < strides.Count && strides[i] > 0 ? strides[i] : 1;
            Dim dilation = dilations is not null && i < dilations.Count ? dilations[i] : 1;
            var size = input[i + 2];
            var padding = pads is not null && pads.Count == 2 * kernel.Length ? (Dim)pads[i] + pads[i + kernel.Length] : Dim.Zero;
            dims[i + 2] = automatic is "SAME_UPPER" or "SAME_LOWER"
                ? Dim.CeilDiv(size, stride)
                : Steps(size + (automatic == "VALID" ? Dim.Zero : padding) - (dilation * (kernel[i] - 1)) - 1, stride, c.Node.Int("ceil_mode", 0) != 0) + 1;
        }

        return new Shape(dims);
    }

    private static Dim Steps(Dim room, Dim stride, bool roundsUp) => roundsUp ? Dim.CeilDiv(room, stride) : Dim.FloorDiv(room, stride);

    private static void GlobalPool(ShapeContext c)
    {
        if (c.In(0) is not { Rank: > 2 } input) return;
        var dims = input.Dims.ToArray();
        Array.Fill(dims, Dim.One, 2, dims.Length - 2);
        c.Out(0, new Shape(dims));
    }

    private static void ConvTranspose(ShapeContext c)
    {
        if (c.In(0) is not { Rank: > 2 } input || Kernel(c, 1) is not { } kernel || kernel.Length != input.Rank - 2) return;
        var (strides, dilations, pads) = (c.Node.Ints("strides"), c.Node.Ints("dilations"), c.Node.Ints("pads"));
        var (extra, given) = (c.Node.Ints("output_padding"), c.Node.Ints("output_shape"));
        var dims = new Dim[input.Rank];
        dims[0] = input[0];
        dims[1] = c.Size(1, 1) * Math.Max(1, c.Node.Int("group", 1));
        for (var i = 0; i < kernel.Length; i++)
        {
            var padding = pads is not null && pads.Count == 2 * kernel.Length ? (Dim)pads[i] + pads[i + kernel.Length] : Dim.Zero;
            Dim stride = At(strides, i, 1);
            dims[i + 2] = given is not null && i < given.Count ? given[i]
                : c.Node.Text("auto_pad", "NOTSET") is "SAME_UPPER" or "SAME_LOWER" ? input[i + 2] * stride
                : (stride * (input[i + 2] - 1)) + At(extra, i, 0) + (At(dilations, i, 1) * (kernel[i] - 1)) + 1 - padding;
        }

        c.Out(0, new Shape(dims));
    }

    private static long At(IReadOnlyList<long>? list, int index, long absent) => list is not null && index < list.Count ? list[index] : absent;

    /// <summary>Sizes from the list of sizes, or from scales, rounded down.</summary>
    private static void Resize(ShapeContext c)
    {
        if (c.In(0) is not { } input) return;
        var dims = input.Dims.ToArray();
        Array.Fill(dims, Dim.Unknown);
        var scaleSlot = c.Node.OpType is "Upsample" || c.Node.Inputs.Count == 2 ? 1 : 2;
        if (c.Has(3) && c.Vector(3) is { } sizes && sizes.Length == dims.Length)
        {
            sizes.CopyTo(dims, 0);
        }
        else if (c.Value(scaleSlot) is { } scales && c.Vector(scaleSlot)?.Length == dims.Length)
        {
            for (var i = 0; i < dims.Length; i++) dims[i] = ScalarMath.Floor(ScalarMath.Multiply(Scalar.Of(input[i]), scales[i])).Dim;
        }

        c.Out(0, new Shape(dims));
    }

    /// <summary>Depth-wise causal convolution of [batch, channels, length] that keeps its last kernel − 1 columns as state.</summary>
    private static void CausalConvWithState(ShapeContext c)
    {
        c.Out(0, c.In(0));
        if (c.Has(3)) c.Out(1, c.In(3), c.Type(0));
        else if (c.In(0) is { Rank: 3 } input) c.Out(1, new Shape(input[0], input[1], c.Size(1, -1) - 1));
    }
}
