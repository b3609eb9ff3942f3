using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Operators that take axes together: sums, extrema, the k largest.</summary>
internal static class ReductionShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "ReduceSum" => static c => Reduce(c, ScalarMath.Add),
        "ReduceProd" => static c => Reduce(c, ScalarMath.Multiply),
        "ReduceMax" => static c => Reduce(c, ScalarMath.Max),
        "ReduceMin" => static c => Reduce(c, ScalarMath.Min),
        "ReduceMean" or "ReduceL1" or "ReduceL2" or "ReduceLogSum" or "ReduceLogSumExp" or "ReduceSumSquare" => static c => Reduce(c, null),
        "ReduceSumInteger" => static c => Reduce(c, null),
        "ArgMax" or "ArgMin" => ArgMax,
        "TopK" => TopK,
        _ => null,
    };

    private static void Reduce(ShapeContext c, Func<Scalar, Scalar, Scalar>? function)
    {
        var keeps = c.Node.Int("keepdims", 1) != 0;
        var axes = c.Integers(1, "axes", out var given);
        if (c.In(0) is not { } input) return;
        if (given && axes is null)
        {
            // Which axes go is data: with keepdims at least the rank stays.
            var open = new Dim[input.Rank];
            Array.Fill(open, Dim.Unknown);
            c.Out(0, keeps ? new Shape(open) : null);
            return;
        }

        if (axes is null or { Length: 0 } && c.Node.Int("noop_with_empty_axes", 0) != 0)
        {
            c.Out(0, input);
            return;
        }

        var output = Reduced(c, input, axes, keeps);
        c.Out(0, output);
        if (output is null || function is null || c.Value(0) is not { } value) return;

        // Shape arithmetic reduces lists to one number.
        if (input.Rank != 1 || !ValueMoves.TryCount(input, out var count) || count == 0) return;
        var total = value[0];
        for (var i = 1; i < count; i++) total = function(total, value[i]);
        c.Known(0, KnownValue.Uniform(total));
    }

    /// <summary>The shape without the axes, or with 1 in their place; all axes when none are listed.</summary>
    private static Shape? Reduced(ShapeContext c, Shape input, long[]? axes, bool keeps)
    {
        var gone = new bool[input.Rank];
        if (axes is null or { Length: 0 }) Array.Fill(gone, true);
        foreach (var listed in axes ?? [])
        {
            if (c.Axis(listed, input.Rank) is not { } axis) return null;
            gone[axis] = true;
        }

        var dims = new List<Dim>(input.Rank);
        for (var i = 0; i < input.Rank; i++)
        {
            if (!gone[i]) dims.Add(input[i]);
            else if (keeps) dims.Add(Dim.One);
        }

        return new Shape([.. dims]);
    }

    private static void ArgMax(ShapeContext c)
    {
        if (c.In(0) is not { } input) return;
        c.Out(0, Reduced(c, input, [c.Node.Int("axis", 0)], c.Node.Int("keepdims", 1) != 0), OnnxElementType.Int64);
    }

    private static void TopK(ShapeContext c)
    {
        if (c.In(0) is not { } input || c.Axis(c.Node.Int("axis", -1), input.Rank) is not { } axis) return;
        var dims = input.Dims.ToArray();
        dims[axis] = c.Node.Attribute("k") is { } k ? k.Int : c.Single(1).Dim;
        c.Out(0, new Shape(dims));
        c.Out(1, new Shape(dims), OnnxElementType.Int64);
    }
}
