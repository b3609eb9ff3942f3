using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>
/// Joins operators that engines run as one, so that graphs which spell them out and graphs which fuse them come to the same model.
/// </summary>
internal static class Fusions
{
    /// <summary>Applies all of them.</summary>
    public static void Apply(DraftBoard board)
    {
        board.Link();
        foreach (var draft in board.Drafts)
            if (draft.Operands is not null) TakeInScaling(draft);
        board.Link();
        foreach (var draft in board.Drafts)
        {
            if (draft.Spec is Attention && draft.Operands is not null) TryLatent(draft);
            else if (draft.IsProduct) TryGate(draft);
            else if (draft.Routing is not null) TryRouter(draft);
        }

        board.Link();
        foreach (var draft in board.Drafts)
            if (draft.Spec is Attention { } attention) MatchRotation(draft, attention);
    }

    // Scaled queries or keys: the kernel multiplies scores instead.
    private static void TakeInScaling(Draft attention)
    {
        for (var i = 0; i < attention.Operands!.Length; i++)
        {
            while (attention.Operands[i].Resolved.Producer is { IsScaling: true, IsAbsorbed: false } scaling && OnlyReader(scaling.Output, attention))
            {
                var scaled = scaling.Inputs[0].Resolved;
                DraftBoard.Absorb(scaling, scaled, attention);
                attention.Operands[i] = scaled;
            }
        }
    }

    private static bool OnlyReader(DraftValue value, Draft reader) => value.Consumers.Count == 1 && ReferenceEquals(value.Consumers[0], reader);

    // Keys and values expanded from one latent, keys completed by a rotated part common to all heads: DeepSeek's latent attention.
    private static void TryLatent(Draft draft)
    {
        var attention = (Attention)draft.Spec;
        var operands = draft.Operands!;
        if (operands[1].Producer is not { IsConcatenation: true } join || operands[2].Producer is not { Spec: Linear { Bias: false } expansion } expand) return;
        if (!join.Inputs.Contains(expand.Output) || !OnlyReader(join.Output, draft)) return;
        var nope = expansion.Outputs / attention.Heads - attention.ValueHeadDim;
        var rope = attention.HeadDim - nope;
        if (nope <= 0 || rope <= 0 || expansion.Outputs % attention.Heads != 0) return;

        var inputs = new List<DraftValue> { operands[0] };
        Gather(expand.Inputs[0]);
        foreach (var part in join.Inputs)
            if (!ReferenceEquals(part, expand.Output)) Gather(part);
        join.IsAbsorbed = expand.IsAbsorbed = true;
        draft.Nodes.InsertRange(0, [.. expand.Nodes, .. join.Nodes]);
        draft.Spec = new MultiLatentAttention(attention.Heads, expansion.Inputs, nope, rope, attention.ValueHeadDim, expansion.Stored);
        draft.Inputs.Clear();
        draft.Inputs.AddRange(inputs);
        draft.Operands = [operands[0], inputs[1], inputs[^1]];

        // Latent and rotated key are put side by side only to be cached: attention writes them there itself.
        void Gather(DraftValue value)
        {
            if (value.Producer is { IsConcatenation: true } cache && value.Consumers.TrueForAll(c => c == draft || c == join || c == expand))
            {
                cache.IsAbsorbed = true;
                draft.Nodes.InsertRange(0, cache.Nodes);
                foreach (var part in cache.Inputs) Gather(part);
            }
            else if (!inputs.Contains(value))
            {
                inputs.Add(value);
            }
        }
    }

    // An activation function whose result only multiplies another activation.
    private static void TryGate(Draft product)
    {
        if (product.Inputs.Count != 2) return;
        foreach (var input in product.Inputs)
        {
            if (input.Producer is not { Function: { } function } activation || input.Consumers.Count != 1 || activation.Outputs.Count != 1) continue;
            var width = ((ElementWise)product.Spec).Width;
            if (Math.Abs(input.Width - width) > 0.5) continue;
            product.Spec = ElementWise.GatedActivation((int)width, function);
            product.IsProduct = false;
            var slot = product.Inputs.IndexOf(input);
            product.Inputs[slot] = activation.Inputs[0];
            // The gate first, whatever the order in the graph.
            if (slot == 1) product.Inputs.Reverse();
            product.Nodes.InsertRange(0, activation.Nodes);
            activation.IsAbsorbed = true;
            return;
        }
    }

    // The linear layer behind routing scores, with what normalises them.
    private static void TryRouter(Draft experts)
    {
        var value = experts.Routing!.Resolved;
        var between = new List<Draft>();
        while (value.Producer is { Spec: ElementWise } step && step.Inputs.Count == 1 && OnlyReader(value, between.Count == 0 ? experts : between[^1]))
        {
            between.Add(step);
            value = step.Inputs[0];
        }

        if (value.Producer is not { Spec: Linear linear } scores || experts.Spec is not MixtureOfExperts mixture || linear.Outputs != mixture.Experts) return;
        var biased = linear.Bias;
        foreach (var step in between)
        {
            biased |= ((ElementWise)step.Spec).WeightElements > 0; // a correction that only shifts the choice
            DraftBoard.Absorb(step, value, scores);
        }

        scores.Spec = new Router(linear.Inputs, mixture.Experts, mixture.ExpertsPerToken, biased, linear.Stored);
        scores.Role = "router";
        value.Width = 2 * mixture.ExpertsPerToken;
    }

    // A rotation spelt out does not say how wide a head is; the attention behind it does.
    private static void MatchRotation(Draft draft, Attention attention)
    {
        foreach (var operand in draft.Operands ?? [])
        {
            if (operand.Producer is not { Spec: Rotary rotary } rotation || rotary.HeadDim == attention.HeadDim) continue;
            var rotated = (double)rotary.Heads * rotary.RotaryDims;
            var heads = Math.Max(1, (int)Math.Round((double)rotary.Heads * rotary.HeadDim / attention.HeadDim));
            rotation.Spec = new Rotary(heads, attention.HeadDim, (int)Math.Round(rotated / heads));
        }
    }
}
