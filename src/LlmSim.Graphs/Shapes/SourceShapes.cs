using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Operators that make tensors from sizes, and sizes from tensors.</summary>
internal static class SourceShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "Shape" => ShapeOf,
        "Size" => Size,
        "ConstantOfShape" => ConstantOfShape,
        "Range" => Range,
        "EyeLike" => static c => c.Out(0, c.In(0), TypeOr(c, c.Type(0))),
        "RandomNormalLike" or "RandomUniformLike" or "Multinomial" => static c => c.Out(0, c.In(0), TypeOr(c, c.Type(0))),
        "RandomNormal" or "RandomUniform" => Random,
        _ => null,
    };

    private static OnnxElementType TypeOr(ShapeContext c, OnnxElementType absent) =>
        c.Node.Attribute("dtype") is { } given ? TensorReader.ElementType(given.Int) : absent;

    private static void ShapeOf(ShapeContext c)
    {
        if (c.In(0) is not { } input)
        {
            c.Out(0, new Shape(Dim.Unknown), OnnxElementType.Int64);
            return;
        }

        var start = Clamped(c.Node.Int("start", 0), input.Rank);
        var end = Clamped(c.Node.Int("end", input.Rank), input.Rank);
        var elements = new Scalar[Math.Max(0, end - start)];
        for (var i = 0; i < elements.Length; i++) elements[i] = Scalar.Of(input[start + i]);
        c.Out(0, new Shape(elements.Length), OnnxElementType.Int64);
        c.Known(0, KnownValue.Of(elements));
    }

    private static int Clamped(long position, int rank) => (int)Math.Clamp(position < 0 ? position + rank : position, 0, rank);

    private static void Size(ShapeContext c)
    {
        c.Out(0, Shape.Scalar, OnnxElementType.Int64);
        if (c.In(0) is { } input) c.Known(0, KnownValue.Uniform(Scalar.Of(input.Elements)));
    }

    private static void ConstantOfShape(ShapeContext c)
    {
        var filler = c.Node.Attribute("value")?.Tensor;
        c.Out(0, c.Vector(0) is { } dims ? new Shape(dims) : null, filler?.ElementType ?? OnnxElementType.Float);
        if (filler is null) c.Known(0, KnownValue.Uniform(Scalar.Of(Dim.Zero)));
        else if (ConstantValues.Of(filler) is { IsUniform: true } value) c.Known(0, value);
    }

    private static void Range(ShapeContext c)
    {
        Scalar start = c.Single(0), limit = c.Single(1), delta = c.Single(2);
        var count = Dim.Unknown;
        if (start.TryReal(out var from) && limit.TryReal(out var to) && delta.TryReal(out var by))
        {
            if (by != 0 && Math.Abs((to - from) / by) < 1L << 52) count = Math.Max(0, (long)Math.Ceiling((to - from) / by));
        }
        else if (!delta.IsUnknown && !start.IsUnknown && !limit.IsUnknown)
        {
            count = Dim.Max(ScalarMath.Ceiling(ScalarMath.Divide(ScalarMath.Subtract(limit, start), delta)).Dim, 0);
        }

        c.Out(0, new Shape(count));
        if (!count.IsConstant || count.Constant > KnownValue.MaxElements) return;
        var elements = new Scalar[count.Constant];
        for (var i = 0; i < elements.Length; i++) elements[i] = ScalarMath.Add(start, ScalarMath.Multiply(Scalar.Of((Dim)i), delta));
        c.Known(0, KnownValue.Of(elements));
    }

    private static void Random(ShapeContext c)
    {
        var listed = c.Node.Ints("shape") ?? [];
        var dims = new Dim[listed.Count];
        for (var i = 0; i < dims.Length; i++) dims[i] = listed[i];
        c.Out(0, new Shape(dims), TypeOr(c, OnnxElementType.Float));
    }
}
