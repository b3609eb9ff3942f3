using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Computes known elements of outputs from known elements of inputs.</summary>
internal static class ValueMoves
{
    /// <summary>The number of elements when it is a number small enough to follow.</summary>
    public static bool TryCount(Shape? shape, out int count)
    {
        count = 0;
        if (shape is null || !shape.IsConstant) return false;
        var elements = shape.Elements;
        if (!elements.IsConstant || elements.Constant is < 0 or > KnownValue.MaxElements) return false;
        count = (int)elements.Constant;
        return true;
    }

    public static KnownValue? Map(KnownValue value, Func<Scalar, Scalar> function)
    {
        if (value.IsUniform) return KnownValue.Uniform(function(value[0]));
        var elements = new Scalar[value.StoredCount];
        for (var i = 0; i < elements.Length; i++) elements[i] = function(value[i]);
        return KnownValue.Of(elements);
    }

    /// <summary>A function of the first two inputs.</summary>
    public static KnownValue? Combine(ShapeContext c, Shape? shape, Func<Scalar, Scalar, Scalar> function) =>
        c.Value(0) is { } a && c.Value(1) is { } b ? Combine(a, c.In(0), b, c.In(1), shape, function) : null;

    public static KnownValue? Combine(KnownValue a, Shape? shapeA, KnownValue b, Shape? shapeB, Shape? shape, Func<Scalar, Scalar, Scalar> function)
    {
        if (a.IsUniform && b.IsUniform) return KnownValue.Uniform(function(a[0], b[0]));
        if (shapeA is null || shapeB is null || !TryCount(shape, out var count)) return null;
        var elements = new Scalar[count];
        for (var i = 0; i < count; i++) elements[i] = function(a[BroadcastIndex(i, shape!, shapeA)], b[BroadcastIndex(i, shape!, shapeB)]);
        return KnownValue.Of(elements);
    }

    /// <summary>Where an element of a stretched tensor comes from. All dimensions of the result are numbers.</summary>
    public static int BroadcastIndex(int index, Shape shape, Shape from)
    {
        var result = 0;
        var stride = 1;
        for (var i = 1; i <= from.Rank; i++)
        {
            var size = (int)shape[^i].Constant;
            var position = index % size;
            index /= size;
            if (from[^i] != Dim.One) result += position * stride;
            stride *= from[^i].IsConstant ? (int)from[^i].Constant : size;
        }

        return result;
    }

    /// <summary>Elements picked by position: <paramref name="source"/> maps a position in the output to one in the input.</summary>
    public static KnownValue? Pick(KnownValue? value, Shape? output, Func<int, int> source)
    {
        if (value is null) return null;
        if (value.IsUniform) return KnownValue.Uniform(value[0]);
        if (!TryCount(output, out var count)) return null;
        var elements = new Scalar[count];
        for (var i = 0; i < count; i++)
        {
            var from = source(i);
            if (from < 0 || from >= value.StoredCount) return null;
            elements[i] = value[from];
        }

        return KnownValue.Of(elements);
    }
}
