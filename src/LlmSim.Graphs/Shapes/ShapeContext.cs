using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>One node in front of its shape rule: what is known of its inputs, and where its outputs are set.</summary>
internal sealed class ShapeContext
{
    /// <summary>Longest list of axes or dimensions that a rule follows.</summary>
    public const int MaxRank = 64;

    private readonly ShapeInference _inference;

    public ShapeContext(ShapeInference inference, GraphNode node)
    {
        _inference = inference;
        Node = node;
    }

    public GraphNode Node { get; }

    public bool Has(int slot) => Node.Input(slot) is not null;

    public bool Wants(int slot) => Node.Output(slot) is not null;

    public Shape? In(int slot) => Node.Input(slot)?.Shape;

    public OnnxElementType Type(int slot) => Node.Input(slot)?.ElementType ?? OnnxElementType.Undefined;

    public KnownValue? Value(int slot) => Node.Input(slot)?.Value;

    /// <summary>A dimension of an input, counted from the end when negative; unknown when there is none.</summary>
    public Dim Size(int slot, int axis)
    {
        if (In(slot) is not { } shape) return Dim.Unknown;
        if (axis < 0) axis += shape.Rank;
        return axis >= 0 && axis < shape.Rank ? shape[axis] : Dim.Unknown;
    }

    /// <summary>The only element of an input; unknown when it is not known.</summary>
    public Scalar Single(int slot) => Value(slot) is { IsUniform: true } value ? value[0] : Scalar.Unknown;

    /// <summary>The elements of an input that is a list of sizes or axes, unknown ones included; null when its length is not known.</summary>
    public Dim[]? Vector(int slot)
    {
        if (In(slot) is not { Rank: <= 1 } shape || !shape.Elements.IsConstant || shape.Elements.Constant > MaxRank) return null;
        var vector = new Dim[shape.Elements.Constant];
        for (var i = 0; i < vector.Length; i++) vector[i] = Value(slot) is { } value ? value[i].Dim : Dim.Unknown;
        return vector;
    }

    /// <summary>A list of integers that older operator sets keep in an attribute and newer ones in an input.</summary>
    /// <param name="slot">The input.</param>
    /// <param name="attribute">The attribute.</param>
    /// <param name="given">Whether either is there; the list is null when it is there but not known.</param>
    public long[]? Integers(int slot, string attribute, out bool given)
    {
        given = true;
        if (Node.Ints(attribute) is { } listed) return [.. listed];
        if (!Has(slot)) given = false;
        else if (Vector(slot) is { } vector)
        {
            var integers = new long[vector.Length];
            for (var i = 0; i < integers.Length; i++)
            {
                if (!vector[i].IsConstant) return null;
                integers[i] = vector[i].Constant;
            }

            return integers;
        }

        return null;
    }

    /// <summary>An axis counted from the front; null when it lies outside the rank.</summary>
    public int? Axis(long axis, int rank)
    {
        if (axis < 0) axis += rank;
        if (axis >= 0 && axis < rank) return (int)axis;
        Fail($"axis {axis} lies outside a tensor of rank {rank}");
        return null;
    }

    /// <summary>Sets an output's shape and type.</summary>
    public void Out(int slot, Shape? shape, OnnxElementType type)
    {
        if (Node.Output(slot) is not { } tensor) return;
        if (shape is { Rank: > MaxRank }) shape = null;
        if (shape is not null && HasNegative(shape)) return;
        tensor.Shape = _inference.Merge(shape, tensor.DeclaredShape);
        if (type != OnnxElementType.Undefined) tensor.ElementType = type;
    }

    private bool HasNegative(Shape shape)
    {
        foreach (var dim in shape.Dims)
        {
            if (!dim.IsConstant || dim.Constant >= 0) continue;
            Fail($"comes to shape {shape}");
            return true;
        }

        return false;
    }

    /// <summary>Sets an output's shape; it has the type of the first input.</summary>
    public void Out(int slot, Shape? shape) => Out(slot, shape, Type(0));

    /// <summary>Sets what is known of an output's elements.</summary>
    public void Known(int slot, KnownValue? value)
    {
        if (Node.Output(slot) is { } tensor) tensor.Value = value;
    }

    /// <summary>The inputs contradict each other.</summary>
    public void Fail(string problem) => _inference.Contradiction(Node, problem);

    /// <summary>Something is odd, but the graph can be read on.</summary>
    public void Note(string note) => _inference.Note(Node, note);

    /// <summary>The outputs' shapes rest on a division that need not come out even.</summary>
    public void Doubt() => _inference.Doubt(Node);

    /// <summary>The shape of operands that are stretched to each other from the right.</summary>
    public Shape? Broadcast(Shape? a, Shape? b)
    {
        if (a is null || b is null) return null;
        if (ReferenceEquals(a, b) || b.Rank == 0) return a;
        if (a.Rank == 0) return b;
        var dims = new Dim[Math.Max(a.Rank, b.Rank)];
        for (var i = 1; i <= dims.Length; i++)
        {
            var left = i <= a.Rank ? a[^i] : Dim.One;
            var right = i <= b.Rank ? b[^i] : Dim.One;
            if (left.IsConstant && right.IsConstant && left != right && left != Dim.One && right != Dim.One)
            {
                Fail($"shapes {a} and {b} do not fit each other: {left} against {right}");
                return null;
            }

            dims[^i] = Dim.Broadcast(left, right);
        }

        return new Shape(dims);
    }

    /// <summary>Infers the shapes in a subgraph whose inputs have been set.</summary>
    public void Infer(Graph subgraph) => _inference.Infer(subgraph);

    /// <summary>Symbols for the unknown dimensions of a subgraph's input.</summary>
    public Shape? Named(Shape? shape) => _inference.Merge(shape, null);
}
