using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Operators that give the same elements, in the same order, other dimensions.</summary>
internal static class ReshapingShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "Reshape" => Reshape,
        "Flatten" => Flatten,
        "Squeeze" => Squeeze,
        "Unsqueeze" => Unsqueeze,
        _ => null,
    };

    private static void Reshape(ShapeContext c)
    {
        var shape = Reshaped(c);
        c.Out(0, shape);
        // Row-major order stays, so that the elements stay as they are.
        if (shape is not null && shape.Elements == c.In(0)?.Elements) c.Known(0, c.Value(0));
    }

    private static Shape? Reshaped(ShapeContext c)
    {
        Dim[]? target;
        if (c.Has(1)) target = c.Vector(1);
        else if (c.Node.Ints("shape") is { } listed)
        {
            target = new Dim[listed.Count];
            for (var i = 0; i < target.Length; i++) target[i] = listed[i];
        }
        else
        {
            return null;
        }

        if (target is null) return null;
        var copiesZeros = c.Node.Int("allowzero", 0) == 0;
        var open = -1;
        var openCount = 0;
        var others = Dim.One;
        for (var i = 0; i < target.Length; i++)
        {
            if (copiesZeros && target[i] == Dim.Zero) target[i] = c.Size(0, i);
            if (target[i].IsUnknown || target[i] == (Dim)(-1))
            {
                open = i;
                openCount++;
                target[i] = Dim.Unknown;
            }
            else
            {
                others *= target[i];
            }
        }

        if (c.In(0) is not { } input) return new Shape(target);
        if (openCount == 1)
        {
            target[open] = others == Dim.Zero ? Dim.Zero : Dim.FloorDiv(input.Elements, others);
            if (!DimFunctions.TryDivideExactly(input.Elements, others, out _)) c.Doubt();
            if (input.Elements.IsConstant && others.IsConstant && others != Dim.Zero && input.Elements.Constant % others.Constant != 0)
                c.Note($"{input.Elements} elements of {input} cannot be divided by {others}");
        }
        else if (openCount == 0 && input.Elements.IsConstant && others.IsConstant && input.Elements != others)
        {
            // Exporters leave sizes of the traced example in reshapes; the rest of such a graph is still worth reading.
            c.Note($"{input} has {input.Elements} elements, {new Shape(target)} has {others}");
        }

        return new Shape(target);
    }

    private static void Flatten(ShapeContext c)
    {
        if (c.In(0) is not { } input) return;
        var at = c.Node.Int("axis", 1);
        if (at < 0) at += input.Rank;
        Dim rows = Dim.One, columns = Dim.One;
        for (var i = 0; i < input.Rank; i++)
        {
            if (i < at) rows *= input[i];
            else columns *= input[i];
        }

        c.Out(0, new Shape(rows, columns));
        c.Known(0, c.Value(0));
    }

    private static void Squeeze(ShapeContext c)
    {
        if (c.In(0) is not { } input) return;
        var axes = c.Integers(1, "axes", out var given);
        if (given && axes is null) return;
        var gone = new bool[input.Rank];
        for (var i = 0; i < gone.Length && !given; i++) gone[i] = input[i] == Dim.One;
        foreach (var listed in axes ?? [])
        {
            if (c.Axis(listed, input.Rank) is not { } axis) return;
            if (input[axis].IsConstant && input[axis] != Dim.One)
            {
                c.Fail($"axis {axis} of {input} is {input[axis]}, not 1");
                return;
            }

            gone[axis] = true;
        }

        var dims = new List<Dim>(input.Rank);
        for (var i = 0; i < input.Rank; i++)
            if (!gone[i]) dims.Add(input[i]);
        c.Out(0, new Shape([.. dims]));
        c.Known(0, c.Value(0));
    }

    private static void Unsqueeze(ShapeContext c)
    {
        if (c.In(0) is not { } input || c.Integers(1, "axes", out _) is not { } axes) return;
        var added = new bool[input.Rank + axes.Length];
        foreach (var listed in axes)
        {
            if (c.Axis(listed, added.Length) is not { } axis) return;
            added[axis] = true;
        }

        var dims = new Dim[added.Length];
        var next = 0;
        for (var i = 0; i < dims.Length; i++) dims[i] = added[i] || next >= input.Rank ? Dim.One : input[next++];
        c.Out(0, new Shape(dims));
        c.Known(0, c.Value(0));
    }
}
