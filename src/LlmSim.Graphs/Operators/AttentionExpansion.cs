namespace LlmSim.Graphs.Operators;

/// <summary>Turns fused attention into the three operators that engines without such a kernel run: Q·Kᵀ, softmax, probabilities·V.</summary>
public static class AttentionExpansion
{
    /// <summary>
    /// The same model with every <see cref="Attention"/> replaced by rows "qk_matmul", "softmax" and "sv_matmul"; dense scores pass through memory,
    /// and masks (causality, windows) hide work but do not save it. Multi-head latent attention stays fused. Rotation inside becomes an operator.
    /// </summary>
    public static LanguageModel Unfused(LanguageModel model) => model with
    {
        Prologue = model.Prologue is null ? null : Unfused(model.Prologue),
        LayerGroups = [.. model.LayerGroups.Select(Unfused)],
        Epilogue = model.Epilogue is null ? null : Unfused(model.Epilogue),
    };

    private static LayerGroup Unfused(LayerGroup group)
    {
        if (!group.Operators.Any(o => o.Spec is Attention)) return group;
        var operators = new List<Operator>();
        var values = new List<ActivationValue>(group.Values);
        foreach (var op in group.Operators)
        {
            if (op.Spec is Attention attention) Expand(op, attention, operators, values);
            else operators.Add(op);
        }

        return group with { Operators = operators, Values = values };
    }

    private static void Expand(Operator op, Attention attention, List<Operator> operators, List<ActivationValue> values)
    {
        // "attention" gives plain row names; a layer with several attentions ("cross_attention") keeps them apart by prefix.
        var prefix = op.Name == "attention" ? "" : op.Name + "_";
        var inputs = op.Inputs;
        if (attention.RotaryDims > 0)
        {
            var rotated = Add(values, new ActivationValue(prefix + "rotated", ((double)attention.Heads + attention.KvHeads) * attention.HeadDim));
            operators.Add(new Operator(
                prefix + "rotary", new Rotary(attention.Heads + attention.KvHeads, attention.HeadDim, attention.RotaryDims), inputs, [rotated])
            { SourceNodes = op.SourceNodes });
            inputs = [rotated, .. op.Inputs];
        }

        var scores = Add(values, new ActivationValue(prefix + "scores", 0, PerPair: attention.Heads));
        var probabilities = Add(values, new ActivationValue(prefix + "probabilities", 0, PerPair: attention.Heads));
        operators.Add(new Operator(
            prefix + "qk_matmul", new AttentionScores(attention.Heads, attention.KvHeads, attention.HeadDim, attention.Cached), inputs, [scores])
        { SourceNodes = op.SourceNodes });
        operators.Add(new Operator(
            prefix + "softmax", new Softmax(attention.Heads) { Sinks = attention.Sinks }, [scores], [probabilities])
        { SourceNodes = op.SourceNodes });
        operators.Add(new Operator(
            prefix + "sv_matmul", new AttentionValues(attention.Heads, attention.KvHeads, attention.ValueHeadDim, attention.Cached),
            [probabilities, .. op.Inputs], op.Outputs)
        { SourceNodes = op.SourceNodes });
    }

    private static int Add(List<ActivationValue> values, ActivationValue value)
    {
        values.Add(value);
        return values.Count - 1;
    }
}
