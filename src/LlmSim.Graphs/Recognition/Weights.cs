using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Recognition;

/// <summary>A constant that a node uses, seen through what only rearranges or dequantises it.</summary>
/// <param name="Tensor">The initializer.</param>
/// <param name="Dims">Its dimensions as the node sees them.</param>
/// <param name="Format">How it is stored.</param>
internal readonly record struct Weight(GraphTensor Tensor, long[] Dims, WeightFormat Format)
{
    public double Elements
    {
        get
        {
            var product = 1.0;
            foreach (var dim in Dims) product *= dim;
            return product;
        }
    }

    /// <summary>Whether it holds one number for all elements.</summary>
    public bool IsScalar => Elements <= 1;
}

/// <summary>Looks for constants behind inputs.</summary>
internal static class Weights
{
    // Real chains are at most five steps long; the bound keeps branching ones short.
    private const int MaxSteps = 8;

    /// <summary>The constant behind a tensor.</summary>
    /// <returns>Null when it is not made of constants alone.</returns>
    public static Weight? Find(GraphTensor? tensor) => tensor is null ? null : Find(tensor, MaxSteps);

    private static Weight? Find(GraphTensor tensor, int steps)
    {
        if (tensor.Constant is { } constant) return new Weight(tensor, [.. constant.Dimensions], new WeightFormat(Format(constant.ElementType)));
        if (tensor.IsGraphInput && tensor.Shape is { Rank: 1 or 2, IsConstant: true } given && IsNumber(tensor.ElementType))
        {
            // Exported without its weights: they are inputs of fixed size.
            return given.Elements.Constant > 1 ? new Weight(tensor, Concrete(tensor)!, new WeightFormat(Format(tensor.ElementType))) : null;
        }

        if (tensor.Producer is not { } node || steps == 0) return null;
        switch (node.OpType)
        {
            case "Transpose":
                if (node.Input(0) is not { } turned || Find(turned, steps - 1) is not { } weight) return null;
                var perm = node.Ints("perm");
                var dims = new long[weight.Dims.Length];
                for (var i = 0; i < dims.Length; i++)
                {
                    var from = perm is null ? dims.Length - 1 - i : (int)perm[i];
                    dims[i] = from >= 0 && from < dims.Length ? weight.Dims[from] : 1;
                }

                return weight with { Dims = dims };
            case "DequantizeLinear":
                return Dequantised(node, steps);
            case "Add" or "Sub" or "Mul" or "Div" or "Where" or "Concat":
                return Computed(node, steps);
            case "Cast" or "CastLike" or "Identity" or "Reshape" or "Squeeze" or "Unsqueeze" or "Slice" or "Gather" or "Expand" or "Flatten" or "Split" or "Neg" or "Exp" or "Sqrt":
                if (node.Input(0) is not { } moved || Find(moved, steps - 1) is not { } inner) return null;
                if (node.OpType is "Gather" && node.Input(1)?.IsConstant != true) return null;
                return Concrete(tensor) is { } shape ? inner with { Dims = shape } : inner;
            default:
                return null;
        }
    }

    private static Weight? Dequantised(GraphNode node, int steps)
    {
        if (node.Input(0) is not { } quantised || Find(quantised, steps - 1) is not { } weight) return null;
        if (Find(node.Input(1)) is not { } scale || scale.IsScalar) return weight;
        var group = (int)Math.Max(1, weight.Elements / scale.Elements);
        var zeroPoint = Find(node.Input(2));
        return weight with
        {
            Format = new WeightFormat(weight.Format.Format, group, scale.Format.Format.Bits(), zeroPoint?.Format.Format.Bits() ?? 0),
        };
    }

    // "1 + weight" and the like: the largest constant stands for the result.
    private static Weight? Computed(GraphNode node, int steps)
    {
        Weight? largest = null;
        foreach (var input in node.Inputs)
        {
            if (input is null) continue;
            if (Find(input, steps - 1) is not { } part) return null;
            if (largest is null || part.Elements > largest.Value.Elements) largest = part;
        }

        return largest;
    }

    // Token ids, positions and masks are 32- or 64-bit integers or booleans.
    private static bool IsNumber(OnnxElementType type) =>
        Format(type) is not (NumberFormat.Int64 or NumberFormat.Int32) && type is not (OnnxElementType.Bool or OnnxElementType.Undefined or OnnxElementType.Text);

    private static long[]? Concrete(GraphTensor tensor)
    {
        if (tensor.Shape is not { IsConstant: true } shape) return null;
        var dims = new long[shape.Rank];
        for (var i = 0; i < dims.Length; i++) dims[i] = shape[i].Constant;
        return dims;
    }

    /// <summary>The format of an element type; fp32 where the file does not say.</summary>
    public static NumberFormat Format(OnnxElementType type) => type switch
    {
        OnnxElementType.Float16 => NumberFormat.Fp16,
        OnnxElementType.BFloat16 => NumberFormat.Bf16,
        OnnxElementType.Double => NumberFormat.Fp64,
        OnnxElementType.Int8 or OnnxElementType.UInt8 => NumberFormat.Int8,
        OnnxElementType.Int4 or OnnxElementType.UInt4 => NumberFormat.Int4,
        OnnxElementType.Float8E4M3FN or OnnxElementType.Float8E4M3FNUZ or OnnxElementType.Float8E5M2 or OnnxElementType.Float8E5M2FNUZ
            or OnnxElementType.Float8E8M0 => NumberFormat.Fp8,
        OnnxElementType.Float4E2M1 => NumberFormat.Fp4,
        OnnxElementType.Int64 or OnnxElementType.UInt64 => NumberFormat.Int64,
        OnnxElementType.Int32 or OnnxElementType.UInt32 => NumberFormat.Int32,
        _ => NumberFormat.Fp32,
    };
}
