using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>Reads the stages of a component as operators: bias, norm, activation, rotation, scaling.</summary>
internal static class StageReading
{
    /// <summary>Notes the operators of one component.</summary>
    public static void Add(PointwiseComponent component, DraftBoard board)
    {
        Draft? last = null;
        var centred = false;
        foreach (var stage in PointwiseComponents.Stages(board.Flow, component))
        {
            var facts = StageFacts.Of(stage, board.Flow);
            foreach (var node in stage.Nodes) board.Done.Add(node);
            if (stage.Outputs.Count == 0) continue;
            var input = board.Value(stage.Input);

            if (facts.IsCentring)
            {
                // x − mean: the first step of a layer norm; costs nothing of its own there.
                centred = true;
                board.Unify(stage.Outputs[^1], input);
                continue;
            }

            if (facts.IsNorm)
            {
                last = AddNorm(stage, facts, board, input, centred || facts.Reductions > 1);
                centred = false;
                continue;
            }

            centred = false;
            if (facts.Single is { } single && TryJoin(single, facts, stage, board, input, last)) continue;
            last = AddOther(stage, facts, board, input);
        }
    }

    private static Draft AddNorm(Stage stage, StageFacts facts, DraftBoard board, DraftValue input, bool layer)
    {
        var width = facts.ReducedWidth > 0 ? facts.ReducedWidth : (int)input.Width;
        var rows = width > 0 && facts.OutputWidth > width ? (int)Math.Round(facts.OutputWidth / width) : 1;
        var spec = new Norm(layer ? NormKind.Layer : NormKind.Rms, width, rows) { Scale = facts.ScaleElements > 0, Shift = facts.ShiftElements > 0 };
        return board.Add(spec, [input], board.Value(stage.Outputs[^1]), [.. stage.Nodes]);
    }

    // A node that belongs to the operator before it: bias of a linear layer, scale and shift of a norm, constants around an activation function.
    private static bool TryJoin(GraphNode node, StageFacts facts, Stage stage, DraftBoard board, DraftValue input, Draft? last)
    {
        var output = stage.Outputs[^1];
        if (facts.ShiftElements > 1)
        {
            if (input.Producer is { Spec: Linear { Bias: false } linear } draft && linear.Outputs == facts.ShiftElements)
            {
                draft.Spec = linear with { Bias = true };
                // An activation function that adds the bias itself stays an operator.
                return facts.Function is null && Join(draft);
            }

            if (last is { Spec: Norm { Shift: false } norm } && ReferenceEquals(input.Producer, last))
            {
                last.Spec = norm with { Shift = true };
                return Join(last);
            }
        }

        if (facts.ScaleElements > 1 && last is { Spec: Norm { Scale: false } plain } && ReferenceEquals(input.Producer, last))
        {
            last.Spec = plain with { Scale = true };
            return Join(last);
        }

        if (facts.IsScaling && last is { Function: not null } && ReferenceEquals(input.Producer, last)) return Join(last);
        return false;

        bool Join(Draft draft)
        {
            draft.Nodes.Add(node.Name);
            board.Unify(output, input);
            return true;
        }
    }

    private static Draft AddOther(Stage stage, StageFacts facts, DraftBoard board, DraftValue input)
    {
        var output = board.Value(stage.Outputs[^1]);
        var width = facts.OutputWidth;
        GraphNode[] nodes = [.. stage.Nodes];
        Draft draft;
        if (facts.Function is { } function)
        {
            // Both halves of one packed product: the gate activates one, and multiplies the other.
            var gated = stage.Nodes.Count > 1 && input.Width > 0 && Math.Abs(input.Width - 2 * width) < 0.5;
            draft = board.Add(
                gated ? ElementWise.GatedActivation((int)width, function) : ElementWise.Activation((int)width, function), [input], output, nodes);
            draft.Function = gated ? null : function;
        }
        else if (facts.IsRotation)
        {
            var dims = facts.HeadDim > 0 ? facts.HeadDim : 1;
            var heads = Math.Max(1, (int)Math.Round(width / dims));
            draft = board.Add(new Rotary(heads, dims, (int)Math.Round(facts.RotatedWidth / heads)), [input], output, nodes);
        }
        else if (facts.PositionTable is { } lookup && Weights.Find(lookup.Input(0)) is { } table)
        {
            var rows = new DraftValue(null, width);
            var embedding = board.Add(NormNodes.Lookup(lookup, table), [], rows, lookup);
            embedding.Role = "position_embedding";
            embedding.Matrix = table.Tensor;
            board.PositionRows = table.Dims[0];
            draft = board.Add(ElementWise.Add((int)width), [input, rows], output, nodes);
            draft.Role = "position_add";
        }
        else
        {
            var spec = new ElementWise(ElementWiseKind.Other, width, Math.Max(width, input.Width), facts.Flops)
            {
                WeightElements = facts.ScaleElements + facts.ShiftElements,
            };
            draft = board.Add(spec, [input], output, nodes);
            draft.IsScaling = facts.IsScaling;
        }

        // A block with several results writes them all.
        for (var i = 0; i < stage.Outputs.Count - 1; i++)
        {
            var value = board.Value(stage.Outputs[i]);
            value.Producer = draft;
            draft.Outputs.Add(value);
        }

        return draft;
    }
}
