using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>If, Loop and Scan: what comes out of their subgraphs.</summary>
internal static class ControlShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "If" => If,
        "Loop" => Loop,
        "Scan" => Scan,
        _ => null,
    };

    /// <summary>Infers what can be inferred inside a node's subgraphs; their inputs have the shapes that the file declares.</summary>
    public static void InferSubgraphs(ShapeContext c)
    {
        foreach (var (_, subgraph) in c.Node.Subgraphs)
        {
            foreach (var input in subgraph.Inputs) input.Shape = c.Named(input.DeclaredShape);
            c.Infer(subgraph);
        }
    }

    private static void If(ShapeContext c)
    {
        InferSubgraphs(c);
        var yes = c.Node.Subgraph("then_branch");
        var no = c.Node.Subgraph("else_branch");
        if (yes is null || no is null) return;
        var taken = ScalarMath.IsTrue(c.Single(0));
        for (var slot = 0; slot < c.Node.Outputs.Count; slot++)
        {
            var a = slot < yes.Outputs.Count ? yes.Outputs[slot] : null;
            var b = slot < no.Outputs.Count ? no.Outputs[slot] : null;
            var one = taken switch { true => a, false => b, null => null };
            if (one is not null)
            {
                c.Out(slot, one.Shape, one.ElementType);
                c.Known(slot, one.Value);
            }
            else if (a is not null && b is not null)
            {
                c.Out(slot, Common(a.Shape, b.Shape), a.ElementType == OnnxElementType.Undefined ? b.ElementType : a.ElementType);
            }
        }
    }

    /// <summary>What holds for both shapes.</summary>
    private static Shape? Common(Shape? a, Shape? b)
    {
        if (a is null || b is null || a.Rank != b.Rank) return null;
        var dims = new Dim[a.Rank];
        for (var i = 0; i < dims.Length; i++) dims[i] = a[i] == b[i] ? a[i] : Dim.Unknown;
        return new Shape(dims);
    }

    /// <summary>Body inputs: iteration, condition, carried values; outputs: condition, carried values, then one slice of each stacked output.</summary>
    private static void Loop(ShapeContext c)
    {
        if (c.Node.Subgraph("body") is not { } body)
        {
            InferSubgraphs(c);
            return;
        }

        var carried = Math.Max(0, c.Node.Inputs.Count - 2);
        for (var i = 0; i < body.Inputs.Count; i++)
        {
            var input = body.Inputs[i];
            var given = i < 2 ? null : c.Node.Input(i);
            if (given is not null && given.ElementType != OnnxElementType.Undefined) input.ElementType = given.ElementType;

            // A carried value may change its shape on the way; what the body declares holds in every round, the first value only in one.
            input.Shape = i < 2 ? input.DeclaredShape ?? Shape.Scalar : c.Named(input.DeclaredShape ?? given?.Shape);
        }

        c.Infer(body);
        if (Settles(body, carried)) c.Infer(body);
        for (var slot = 0; slot < c.Node.Outputs.Count; slot++)
        {
            if (slot + 1 >= body.Outputs.Count) break;
            var inner = body.Outputs[slot + 1];
            if (slot < carried) c.Out(slot, Common(inner.Shape, c.In(slot + 2)) ?? null, inner.ElementType);
            else c.Out(slot, Stacked(inner.Shape, c.Single(0).Dim, 0), inner.ElementType);
        }
    }

    /// <summary>Opens dimensions of carried values that the body changes.</summary>
    private static bool Settles(Graph body, int carried)
    {
        var changed = false;
        for (var i = 0; i < carried && i + 2 < body.Inputs.Count && i + 1 < body.Outputs.Count; i++)
        {
            var input = body.Inputs[i + 2];
            if (input.Shape is null || body.Outputs[i + 1].Shape is not { } after || after.Equals(input.Shape)) continue;
            input.Shape = after.Rank == input.Shape.Rank ? Opened(input, after) : null;
            changed = true;
        }

        return changed;
    }

    private static Shape Opened(GraphTensor input, Shape after)
    {
        var dims = input.Shape!.Dims.ToArray();
        for (var i = 0; i < dims.Length; i++)
            if (dims[i] != after[i]) dims[i] = Dim.Symbol($"?{input.Name}.{i}");
        return new Shape(dims);
    }

    private static Shape? Stacked(Shape? slice, Dim count, int axis)
    {
        if (slice is null || axis < 0 || axis > slice.Rank) return null;
        var dims = new Dim[slice.Rank + 1];
        for (var i = 0; i < dims.Length; i++) dims[i] = i == axis ? count : slice[i < axis ? i : i - 1];
        return new Shape(dims);
    }

    /// <summary>Inputs: states, then the sequences that are walked along an axis (the first, unless said otherwise).</summary>
    private static void Scan(ShapeContext c)
    {
        if (c.Node.Subgraph("body") is not { } body || c.Node.Opset() < 9)
        {
            InferSubgraphs(c);
            return;
        }

        var scanned = (int)Math.Clamp(c.Node.Int("num_scan_inputs", 1), 0, c.Node.Inputs.Count);
        var states = c.Node.Inputs.Count - scanned;
        var axes = c.Node.Ints("scan_input_axes");
        var count = Dim.Unknown;
        for (var i = 0; i < body.Inputs.Count && i < c.Node.Inputs.Count; i++)
        {
            var shape = c.In(i);
            if (i >= states && shape is { Rank: > 0 } && c.Axis(axes is not null && i - states < axes.Count ? axes[i - states] : 0, shape.Rank) is { } axis)
            {
                count = shape[axis];
                var dims = new List<Dim>(shape.Dims.ToArray());
                dims.RemoveAt(axis);
                shape = new Shape([.. dims]);
            }

            body.Inputs[i].Shape = c.Named(body.Inputs[i].DeclaredShape ?? shape);
            if (shape is not null) body.Inputs[i].Shape = shape;
            if (c.Type(i) != OnnxElementType.Undefined) body.Inputs[i].ElementType = c.Type(i);
        }

        c.Infer(body);
        var outputAxes = c.Node.Ints("scan_output_axes");
        for (var slot = 0; slot < c.Node.Outputs.Count && slot < body.Outputs.Count; slot++)
        {
            var inner = body.Outputs[slot];
            var at = slot - states;
            c.Out(slot, at < 0 ? c.In(slot) : Stacked(inner.Shape, count, outputAxes is not null && at < outputAxes.Count ? (int)outputAxes[at] : 0), inner.ElementType);
        }
    }

    private static long Opset(this GraphNode node) => node.Owner.Opset;
}
