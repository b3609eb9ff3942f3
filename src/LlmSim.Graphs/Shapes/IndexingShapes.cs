using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Operators that read or write at positions given by data.</summary>
internal static class IndexingShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "Gather" => Gather,
        "GatherElements" => static c => c.Out(0, c.In(1)),
        "GatherND" => GatherNd,
        "GatherBlockQuantized" => GatherBlockQuantized,
        "ScatterND" or "ScatterElements" or "Scatter" or "TensorScatter" => ElementwiseShapes.Unary,
        "OneHot" => OneHot,
        "NonZero" => NonZero,
        "Compress" => Compress,
        "Unique" => Unique,
        _ => null,
    };

    private static void Gather(ShapeContext c)
    {
        if (Gathered(c, c.Node.Int("axis", 0), out var axis) is not { } output) return;
        c.Out(0, output);
        if (c.Value(0) is not { } value) return;
        if (value.IsUniform)
        {
            c.Known(0, value);
            return;
        }

        if (c.Value(1) is not { } indices || c.In(0) is not { } data || !ValueMoves.TryCount(data, out _)) return;
        var length = (int)data[axis].Constant;
        var inner = 1;
        for (var i = axis + 1; i < data.Rank; i++) inner *= (int)data[i].Constant;
        if (!ValueMoves.TryCount(c.In(1), out var picked) || picked == 0) return;
        c.Known(0, ValueMoves.Pick(value, output, i =>
        {
            if (!indices[i / inner % picked].TryInteger(out var index)) return -1;
            if (index < 0) index += length;
            return index < 0 || index >= length ? -1 : (int)((((i / inner / picked * length) + index) * inner) + (i % inner));
        }));
    }

    private static Shape? Gathered(ShapeContext c, long listedAxis, out int axis)
    {
        axis = 0;
        if (c.In(0) is not { } data || c.In(1) is not { } indices || c.Axis(listedAxis, data.Rank) is not { } at) return null;
        axis = at;
        var dims = new List<Dim>(data.Rank + indices.Rank);
        for (var i = 0; i < at; i++) dims.Add(data[i]);
        foreach (var dim in indices.Dims) dims.Add(dim);
        for (var i = at + 1; i < data.Rank; i++) dims.Add(data[i]);
        return new Shape([.. dims]);
    }

    private static void GatherNd(ShapeContext c)
    {
        if (c.In(0) is not { } data || c.In(1) is not { Rank: > 0 } indices || !indices.Last.IsConstant) return;
        var batch = c.Node.Int("batch_dims", 0);
        var depth = indices.Last.Constant;
        if (batch < 0 || depth < 0 || batch + depth > data.Rank)
        {
            c.Fail($"indices {indices} reach deeper than {data}");
            return;
        }

        var dims = new List<Dim>(data.Rank + indices.Rank);
        for (var i = 0; i < indices.Rank - 1; i++) dims.Add(indices[i]);
        for (var i = (int)(batch + depth); i < data.Rank; i++) dims.Add(data[i]);
        c.Out(0, new Shape([.. dims]));
    }

    /// <summary>The table holds packed numbers: with 4 bits in uint8, two to an element of the quantised axis.</summary>
    private static void GatherBlockQuantized(ShapeContext c)
    {
        if (Gathered(c, c.Node.Int("gather_axis", 0), out _) is not { } output) return;
        var bits = c.Node.Int("bits", 4);
        if (c.Type(0) is OnnxElementType.UInt8 or OnnxElementType.Int8 && bits is 2 or 4 && output.Rank > 0)
        {
            // Only the last axis is packed.
            var dims = output.Dims.ToArray();
            dims[^1] *= 8 / bits;
            output = new Shape(dims);
        }

        c.Out(0, output, c.Type(2));
    }

    private static void OneHot(ShapeContext c)
    {
        if (c.In(0) is not { } indices || c.Axis(c.Node.Int("axis", -1), indices.Rank + 1) is not { } axis) return;
        var dims = new List<Dim>(indices.Dims.ToArray());
        dims.Insert(axis, c.Single(1).Dim);
        c.Out(0, new Shape([.. dims]), c.Type(2));
    }

    private static void NonZero(ShapeContext c)
    {
        var rank = c.In(0) is { } input ? Dim.Of(input.Rank) : Dim.Unknown;
        var count = Dim.Unknown;
        if (c.Value(0) is { } value && c.In(0) is { } shape)
        {
            if (value.IsUniform)
            {
                count = ScalarMath.IsTrue(value[0]) switch { true => shape.Elements, false => Dim.Zero, null => Dim.Unknown };
            }
            else
            {
                count = Dim.Zero;
                for (var i = 0; i < value.StoredCount; i++)
                    count += ScalarMath.IsTrue(value[i]) switch { true => Dim.One, false => Dim.Zero, null => Dim.Unknown };
            }
        }

        c.Out(0, new Shape(rank, count), OnnxElementType.Int64);
    }

    private static void Compress(ShapeContext c)
    {
        if (c.Node.Attribute("axis") is null || c.In(0) is not { } input)
        {
            c.Out(0, new Shape(Dim.Unknown));
            return;
        }

        if (c.Axis(c.Node.Int("axis", 0), input.Rank) is not { } axis) return;
        var dims = input.Dims.ToArray();
        dims[axis] = Dim.Unknown;
        c.Out(0, new Shape(dims));
    }

    private static void Unique(ShapeContext c)
    {
        c.Out(0, c.Node.Attribute("axis") is null ? new Shape(Dim.Unknown) : null);
        for (var slot = 1; slot < 4; slot++) c.Out(slot, new Shape(Dim.Unknown), OnnxElementType.Int64);
    }
}
