using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Matrix products: plain, fused with a transposition or activation, and with quantised operands.</summary>
internal static class MatrixShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "MatMul" => static c => c.Out(0, Product(c, c.In(0), c.In(1))),
        "FusedMatMul" or "TransposeMatMul" or "FusedMatMulActivation" => FusedMatMul,
        "MatMulInteger" => static c => c.Out(0, Product(c, c.In(0), c.In(1)), OnnxElementType.Int32),
        "MatMulInteger16" => static c => c.Out(0, Product(c, c.In(0), c.In(1)), OnnxElementType.Int32),
        "QLinearMatMul" => static c => c.Out(0, Product(c, c.In(0), c.In(3)), c.Type(7)),
        "MatMulIntegerToFloat" => static c => c.Out(0, Product(c, c.In(0), c.In(1)), c.Type(2)),
        "DynamicQuantizeMatMul" => static c => c.Out(0, Product(c, c.In(0), c.In(1))),
        "Gemm" or "FusedGemm" or "GemmFastGelu" or "GemmFloat8" => Gemm,
        "QGemm" => static c => c.Out(0, GemmShape(c, c.In(0), c.In(3)), c.Type(8) == OnnxElementType.Undefined ? OnnxElementType.Float : c.Type(8)),
        "MatMulNBits" or "MatMulBnb4" or "MatMulFpQ4" or "MatMulNBitsMlp" => MatMulNBits,
        "Einsum" => EinsumShapes.Einsum,
        _ => null,
    };

    /// <summary>numpy.matmul: leading dimensions stretch to each other; a vector is a row on the left, a column on the right.</summary>
    public static Shape? Product(ShapeContext c, Shape? a, Shape? b)
    {
        if (a is null || b is null) return null;
        if (a.Rank == 0 || b.Rank == 0)
        {
            c.Fail($"a matrix product of {a} and {b}");
            return null;
        }

        var innerA = a[^1];
        var innerB = b.Rank == 1 ? b[0] : b[^2];
        if (innerA.IsConstant && innerB.IsConstant && innerA != innerB)
        {
            c.Fail($"{a} times {b}: the inner dimensions {innerA} and {innerB} differ");
            return null;
        }

        if (c.Broadcast(Leading(a), Leading(b)) is not { } leading) return null;
        var dims = new List<Dim>(leading.Rank + 2);
        foreach (var dim in leading.Dims) dims.Add(dim);
        if (a.Rank > 1) dims.Add(a[^2]);
        if (b.Rank > 1) dims.Add(b[^1]);
        return new Shape([.. dims]);
    }

    private static Shape Leading(Shape shape) => shape.Rank <= 2 ? Shape.Scalar : new Shape(shape.Dims[..^2].ToArray());

    private static void FusedMatMul(ShapeContext c)
    {
        var a = c.Node.Int("transA", 0) != 0 ? Swapped(c.In(0)) : c.In(0);
        var b = c.Node.Int("transB", 0) != 0 ? Swapped(c.In(1)) : c.In(1);

        // transBatch moves the first dimension behind the others before the product: rare, and left open.
        var plain = c.Node.Int("transBatchA", 0) == 0 && c.Node.Int("transBatchB", 0) == 0;
        c.Out(0, plain ? Product(c, a, b) : null);
    }

    private static Shape? Swapped(Shape? shape)
    {
        if (shape is null or { Rank: < 2 }) return shape;
        var dims = shape.Dims.ToArray();
        (dims[^1], dims[^2]) = (dims[^2], dims[^1]);
        return new Shape(dims);
    }

    private static void Gemm(ShapeContext c) => c.Out(0, GemmShape(c, c.In(0), c.In(1)));

    private static Shape? GemmShape(ShapeContext c, Shape? a, Shape? b)
    {
        if (a is null || b is null) return null;
        if (a.Rank != 2 || b.Rank != 2)
        {
            c.Fail($"Gemm takes two matrices, not {a} and {b}");
            return null;
        }

        var (rows, innerA) = c.Node.Int("transA", 0) != 0 ? (a[1], a[0]) : (a[0], a[1]);
        var (innerB, columns) = c.Node.Int("transB", 0) != 0 ? (b[1], b[0]) : (b[0], b[1]);
        if (innerA.IsConstant && innerB.IsConstant && innerA != innerB)
        {
            c.Fail($"{a} times {b}: the inner dimensions {innerA} and {innerB} differ");
            return null;
        }

        return new Shape(rows, columns);
    }

    /// <summary>The quantised matrix is packed, so its columns stand in attribute N.</summary>
    private static void MatMulNBits(ShapeContext c)
    {
        if (c.In(0) is not { Rank: > 0 } a) return;
        var dims = a.Dims.ToArray();
        var inner = c.Node.Int("K", -1);
        if (inner >= 0 && dims[^1].IsConstant && dims[^1].Constant != inner)
        {
            c.Fail($"input {a} against K = {inner}");
            return;
        }

        dims[^1] = c.Node.Int("N", -1) is >= 0 and var columns ? columns : Dim.Unknown;
        c.Out(0, new Shape(dims));
    }
}
