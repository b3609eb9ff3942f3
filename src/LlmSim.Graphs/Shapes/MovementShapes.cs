using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Operators that lay elements out anew: transpose, concatenate, split, slice, repeat, pad.</summary>
internal static class MovementShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "Transpose" => Transpose,
        "Concat" or "ConcatTraining" => Concat,
        "Split" or "SplitTraining" => Split,
        "Slice" => SliceShapes.Slice,
        "Expand" => Expand,
        "Tile" => Tile,
        "Pad" => Pad,
        "DepthToSpace" => DepthToSpace,
        "SpaceToDepth" => SpaceToDepth,
        _ => null,
    };

    private static void Transpose(ShapeContext c)
    {
        if (c.In(0) is not { } input) return;
        var order = new int[input.Rank];
        var listed = c.Node.Ints("perm");
        if (listed is not null && listed.Count != order.Length)
        {
            c.Fail($"perm has {listed.Count} axes, {input} has {order.Length}");
            return;
        }

        var dims = new Dim[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            if (c.Axis(listed?[i] ?? order.Length - 1 - i, order.Length) is not { } axis) return;
            order[i] = axis;
            dims[i] = input[axis];
        }

        var output = new Shape(dims);
        c.Out(0, output);
        if (c.Value(0) is not { } value) return;
        c.Known(0, value.IsUniform || order.Length < 2 ? value : ValueMoves.Pick(value, output, i => Untransposed(i, output, order, input)));
    }

    private static int Untransposed(int index, Shape output, int[] order, Shape input)
    {
        var position = new int[order.Length];
        for (var i = order.Length - 1; i >= 0; i--)
        {
            var size = (int)output[i].Constant;
            position[order[i]] = index % size;
            index /= size;
        }

        var from = 0;
        for (var i = 0; i < position.Length; i++) from = (from * (int)input[i].Constant) + position[i];
        return from;
    }

    private static void Concat(ShapeContext c)
    {
        var count = c.Node.Inputs.Count;
        if (count == 0 || c.In(0) is not { } first) return;
        if (c.Axis(c.Node.Int("axis", 0), first.Rank) is not { } axis) return;
        var dims = first.Dims.ToArray();
        for (var slot = 1; slot < count; slot++)
        {
            if (c.In(slot) is not { } next) return;
            if (next.Rank == 0 && dims.Length == 1)
            {
                // A number in a list of sizes: early PyTorch exports leave out the Unsqueeze.
                dims[0] += Dim.One;
                continue;
            }

            if (next.Rank != dims.Length)
            {
                c.Fail($"{first} and {next} have different ranks");
                return;
            }

            for (var i = 0; i < dims.Length; i++)
            {
                if (i == axis) dims[i] += next[i];
                else if (dims[i].IsConstant && next[i].IsConstant && dims[i] != next[i])
                {
                    c.Fail($"{first} and {next} differ beside axis {axis}");
                    return;
                }
                else if (!dims[i].IsConstant && next[i].IsConstant) dims[i] = next[i];
            }
        }

        var output = new Shape(dims);
        c.Out(0, output);
        Joined(c, output, axis);
    }

    private static void Joined(ShapeContext c, Shape output, int axis)
    {
        if (!ValueMoves.TryCount(output, out var count) || count == 0) return;
        var inner = 1;
        for (var i = axis + 1; i < output.Rank; i++) inner *= (int)output[i].Constant;
        var row = inner * (int)output[axis].Constant;
        var elements = new Scalar[count];
        var start = 0;
        for (var slot = 0; slot < c.Node.Inputs.Count; slot++)
        {
            var size = c.In(slot) is { Rank: 0 } ? Dim.One : c.Size(slot, axis);
            if (!size.IsConstant) return;
            var width = inner * (int)size.Constant;
            var value = c.Value(slot);
            for (var outer = 0; outer < count / row; outer++)
                for (var i = 0; i < width; i++) elements[(outer * row) + start + i] = value is null ? Scalar.Unknown : value[(outer * width) + i];
            start += width;
        }

        c.Known(0, KnownValue.Of(elements));
    }

    private static void Split(ShapeContext c)
    {
        if (c.In(0) is not { } input || c.Axis(c.Node.Int("axis", 0), input.Rank) is not { } axis) return;
        var parts = c.Node.Outputs.Count;
        var sizes = new Dim[parts];
        if (c.Has(1) || c.Node.Ints("split") is not null)
        {
            var listed = c.Node.Ints("split") is { } attribute ? Sizes(attribute) : c.Vector(1);
            for (var i = 0; i < parts; i++) sizes[i] = listed is not null && i < listed.Length ? listed[i] : Dim.Unknown;
        }
        else
        {
            // Equal parts; where they do not come out even, the last one is smaller.
            var part = Dim.CeilDiv(input[axis], c.Node.Int("num_outputs", parts) is > 0 and var n ? n : 1);
            for (var i = 0; i < parts; i++)
                sizes[i] = i < parts - 1 ? part : Dim.Max(input[axis] - (part * (parts - 1)), 0);
        }

        var start = Dim.Zero;
        var value = c.Value(0);
        for (var slot = 0; slot < parts; slot++)
        {
            var dims = input.Dims.ToArray();
            dims[axis] = sizes[slot];
            var output = new Shape(dims);
            c.Out(slot, output);
            if (value is not null && input.Rank == 1 && start.IsConstant)
            {
                var from = (int)start.Constant;
                c.Known(slot, ValueMoves.Pick(value, output, i => from + i));
            }

            start += sizes[slot];
        }
    }

    private static Dim[] Sizes(IReadOnlyList<long> listed)
    {
        var sizes = new Dim[listed.Count];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = listed[i];
        return sizes;
    }

    private static void Expand(ShapeContext c)
    {
        var target = c.Vector(1);
        for (var i = 0; i < target?.Length; i++)
            if (target[i] == (Dim)(-1)) target[i] = Dim.One; // Some exporters write PyTorch's -1, "as it is".
        var output = target is not null ? c.Broadcast(c.In(0), new Shape(target)) : null;
        c.Out(0, output);
        if (c.Value(0) is not { } value || output is null) return;
        c.Known(0, value.IsUniform ? value
            : ValueMoves.TryCount(output, out _) ? ValueMoves.Pick(value, output, i => ValueMoves.BroadcastIndex(i, output, c.In(0)!)) : null);
    }

    private static void Tile(ShapeContext c)
    {
        if (c.In(0) is not { } input) return;
        var repeats = c.Vector(1);
        var dims = new Dim[input.Rank];
        for (var i = 0; i < dims.Length; i++) dims[i] = repeats is not null && i < repeats.Length ? input[i] * repeats[i] : Dim.Unknown;
        var output = new Shape(dims);
        c.Out(0, output);
        if (c.Value(0) is not { } value) return;
        if (value.IsUniform) c.Known(0, value);
        else if (input.Rank == 1 && input[0].IsConstant) c.Known(0, ValueMoves.Pick(value, output, i => i % (int)input[0].Constant));
    }

    private static void Pad(ShapeContext c)
    {
        if (c.In(0) is not { } input) return;
        var pads = c.Node.Ints("pads") is { } listed ? Sizes(listed) : c.Vector(1);
        var axes = new int[pads is null ? 0 : pads.Length / 2];
        var given = c.Has(3) ? c.Vector(3) : null;
        var dims = input.Dims.ToArray();
        if (pads is null || (c.Has(3) && given is null))
        {
            Array.Fill(dims, Dim.Unknown);
        }
        else
        {
            for (var i = 0; i < axes.Length; i++)
            {
                var axis = given is null || i >= given.Length ? i : given[i].IsConstant ? c.Axis(given[i].Constant, input.Rank) : null;
                if (axis is { } at && at < dims.Length) dims[at] = dims[at] + pads[i] + pads[i + axes.Length];
            }
        }

        c.Out(0, new Shape(dims));
    }

    private static void DepthToSpace(ShapeContext c)
    {
        var block = c.Node.Int("blocksize", 0);
        if (c.In(0) is not { Rank: 4 } input || block is <= 0 or > 1 << 20) return;
        c.Out(0, new Shape(input[0], Dim.FloorDiv(input[1], block * block), input[2] * block, input[3] * block));
    }

    private static void SpaceToDepth(ShapeContext c)
    {
        var block = c.Node.Int("blocksize", 0);
        if (c.In(0) is not { Rank: 4 } input || block is <= 0 or > 1 << 20) return;
        c.Out(0, new Shape(input[0], input[1] * (block * block), Dim.FloorDiv(input[2], block), Dim.FloorDiv(input[3], block)));
    }
}
