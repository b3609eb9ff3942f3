using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Slice: ranges with steps along some axes, ends beyond the tensor cut off.</summary>
internal static class SliceShapes
{
    /// <summary>Ends at or beyond this mean "to the end": exporters write the largest int32 or int64.</summary>
    private const long Far = int.MaxValue;

    public static void Slice(ShapeContext c)
    {
        if (c.In(0) is not { } input) return;
        var starts = List(c, 1, "starts");
        var ends = List(c, 2, "ends");
        var axes = c.Integers(3, "axes", out var axesGiven);
        var steps = c.Integers(4, "steps", out var stepsGiven);
        var dims = input.Dims.ToArray();
        var count = starts?.Length ?? ends?.Length ?? axes?.Length ?? -1;
        if (count < 0 || (axesGiven && axes is null))
        {
            Array.Fill(dims, Dim.Unknown);
            c.Out(0, new Shape(dims));
            return;
        }

        var from = new long?[input.Rank];
        var by = new long[input.Rank];
        Array.Fill(from, 0);
        Array.Fill(by, 1);
        for (var i = 0; i < count; i++)
        {
            if (c.Axis(axes is null ? i : i < axes.Length ? axes[i] : -1, input.Rank) is not { } axis) return;
            var step = stepsGiven ? steps is not null && i < steps.Length ? steps[i] : 0 : 1;
            if (step == 0 || step == long.MinValue || starts is null || ends is null || i >= starts.Length || i >= ends.Length)
            {
                dims[axis] = Dim.Unknown;
                from[axis] = null;
                continue;
            }

            var start = Bound(starts[i], input[axis], step);
            var end = Bound(ends[i], input[axis], step);
            dims[axis] = step == 1 && IsLast(starts[i], ends[i], out var last)
                ? Dim.Min(last, input[axis])
                : step > 0
                ? Dim.CeilDiv(Dim.Max(end - start, 0), step)
                : Dim.CeilDiv(Dim.Max(start - end, 0), -step);
            from[axis] = start.IsConstant ? start.Constant : null;
            by[axis] = step;
        }

        var output = new Shape(dims);
        c.Out(0, output);
        if (c.Value(0) is not { } value) return;
        c.Known(0, value.IsUniform || Array.IndexOf(from, null) < 0 ? ValueMoves.Pick(value, output, i => Source(i, output, input, from, by)) : null);
    }

    /// <summary>[-k:], the last k positions.</summary>
    private static bool IsLast(Dim start, Dim end, out long count)
    {
        count = start.IsConstant && start.Constant > -Far ? -start.Constant : 0;
        return count > 0 && end.IsConstant && end.Constant >= Far;
    }

    private static Dim[]? List(ShapeContext c, int slot, string attribute)
    {
        if (c.Node.Ints(attribute) is not { } listed) return c.Has(slot) ? c.Vector(slot) : null;
        var list = new Dim[listed.Count];
        for (var i = 0; i < list.Length; i++) list[i] = listed[i];
        return list;
    }

    /// <summary>A start or end as a position in the tensor: negative ones count from its end, all are cut off at its ends.</summary>
    private static Dim Bound(Dim bound, Dim size, long step)
    {
        if (step > 0)
        {
            if (bound.IsConstant && bound.Constant >= Far) return size;
            if (bound.IsConstant && bound.Constant <= -Far) return 0;
            if (bound.IsAtLeast(0)) return Dim.Min(bound, size);
            return (-bound).IsAtLeast(1) ? Dim.Max(size + bound, 0) : Dim.Unknown;
        }

        if (bound.IsConstant && bound.Constant >= Far) return size - 1;
        if (bound.IsConstant && bound.Constant <= -Far) return -1;
        if (bound.IsAtLeast(0)) return Dim.Min(bound, size - 1);
        return (-bound).IsAtLeast(1) ? Dim.Max(size + bound, -1) : Dim.Unknown;
    }

    private static int Source(int index, Shape output, Shape input, long?[] from, long[] by)
    {
        var result = 0L;
        var stride = 1L;
        for (var axis = output.Rank - 1; axis >= 0; axis--)
        {
            if (!input[axis].IsConstant) return -1;
            var size = (int)output[axis].Constant;
            result += (from[axis]!.Value + (by[axis] * (index % size))) * stride;
            index /= size;
            stride *= input[axis].Constant;
        }

        return result is >= 0 and <= int.MaxValue ? (int)result : -1;
    }
}
