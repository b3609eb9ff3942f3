using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>Names operators by their place in the flow, in the field's words; no name of the graph is used.</summary>
internal static class RoleNames
{
    /// <summary>Names the operators of one layer.</summary>
    /// <param name="drafts">The layer, in order.</param>
    public static void NameLayer(List<Draft> drafts)
    {
        var inside = new HashSet<Draft>(drafts);
        foreach (var draft in drafts)
            if (draft.IsAttention) NameAttention(draft, inside);
        var attended = false;
        foreach (var draft in drafts)
        {
            attended |= draft.IsAttention;
            if (draft.Role.Length == 0) draft.Role = NameRest(draft, inside, attended);
        }

        MakeUnique(drafts);
    }

    /// <summary>Names what runs before the layers.</summary>
    public static void NamePrologue(List<Draft> drafts)
    {
        foreach (var draft in drafts)
        {
            if (draft.Role.Length > 0) continue;
            draft.Role = draft.Spec switch
            {
                Embedding => "embedding",
                Norm => "embedding_norm",
                Linear => "input_proj",
                ElementWise { Kind: ElementWiseKind.Add } => "position_add",
                ElementWise { Kind: ElementWiseKind.Other } => "embedding_scale",
                _ => Kind(draft),
            };
        }

        MakeUnique(drafts);
    }

    /// <summary>Names what runs after the layers.</summary>
    public static void NameEpilogue(List<Draft> drafts)
    {
        var head = drafts.IndexOf(Head(drafts)!);
        for (var i = 0; i < drafts.Count; i++)
        {
            var draft = drafts[i];
            if (draft.Role.Length > 0) continue;
            draft.Role = draft.Spec switch
            {
                Linear => i == head ? "lm_head" : "output_proj",
                Norm => "final_norm",
                ElementWise when head >= 0 && i > head => "logit_softcap",
                _ => Kind(draft),
            };
        }

        MakeUnique(drafts);
    }

    /// <summary>The LM head: the largest matrix after the layers, the last of equals; null when there is none.</summary>
    public static Draft? Head(List<Draft> drafts)
    {
        Draft? head = null;
        double most = 0;
        foreach (var draft in drafts)
        {
            if (draft.Spec is not Linear linear || (double)linear.Inputs * linear.Outputs < most) continue;
            most = (double)linear.Inputs * linear.Outputs;
            head = draft;
        }

        return head;
    }

    /// <summary>Gives repeated names a number.</summary>
    public static void MakeUnique(List<Draft> drafts)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var draft in drafts)
        {
            var count = seen[draft.Role] = seen.GetValueOrDefault(draft.Role) + 1;
            if (count > 1) draft.Role += "_" + count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    private static void NameAttention(Draft attention, HashSet<Draft> inside)
    {
        var prefix = attention.IsCross ? "cross_" : "";
        attention.Role = prefix + "attention";
        var operands = attention.Operands ?? [];
        // Keys and values that come ready from an encoder: only queries are made here.
        if (attention.IsCross && operands.Length > 1 && ReferenceEquals(operands[0], operands[1])) operands = [operands[0]];
        var latent = attention.Spec is MultiLatentAttention;
        string[] letters = latent ? ["q", "kv", "k"] : ["q", "k", "v"];
        var owners = new Dictionary<Draft, string>();
        for (var i = 0; i < operands.Length; i++)
        {
            var value = operands[i];
            // Back from the operand to the product that made it: rotation and norm on the way are named after it.
            for (var steps = 0; steps < 16 && value.Producer is { } step && inside.Contains(step); steps++)
            {
                if (step.Spec is Linear)
                {
                    var known = owners.GetValueOrDefault(step, "");
                    if (!known.Contains(letters[i], StringComparison.Ordinal)) owners[step] = known + letters[i];
                    break;
                }

                if (step.Inputs.Count == 0 || step.Spec is Norm { RowsPerToken: 1 } && step.Inputs[0].Producer is not { Spec: Linear }) break;
                if (step.Role.Length == 0)
                {
                    step.Role = step.Spec switch
                    {
                        Rotary => prefix + letters[i] + "_rotary",
                        Norm => prefix + letters[i] + "_norm",
                        ElementWise => prefix + letters[i] + "_scale",
                        _ => "",
                    };
                }

                value = step.Inputs[0];
            }
        }

        foreach (var (linear, letter) in owners)
        {
            if (linear.Role.Length > 0) continue;
            if (latent && letter.StartsWith('k'))
            {
                linear.Role = prefix + "kv_a_proj";
                continue;
            }

            // DeepSeek's queries too may go through a narrow latent.
            var before = linear.Inputs[0].Producer is { Spec: Norm } norm && inside.Contains(norm) ? norm.Inputs[0].Producer : null;
            if (latent && before is { Spec: Linear } first && inside.Contains(first))
            {
                linear.Role = prefix + "q_b_proj";
                first.Role = prefix + "q_a_proj";
                linear.Inputs[0].Producer!.Role = prefix + "q_a_norm";
                continue;
            }

            linear.Role = prefix + letter + "_proj";
            if (linear.Inputs[0].Producer is { Spec: Norm, Role: "" } own && inside.Contains(own)) own.Role = prefix + "attn_norm";
        }

        NameNormBefore(owners.Keys, inside, prefix);
        foreach (var reader in attention.Output.Consumers)
            if (reader is { Spec: Linear, Role: "" } && inside.Contains(reader)) reader.Role = prefix + "o_proj";
    }

    private static void NameNormBefore(IEnumerable<Draft> projections, HashSet<Draft> inside, string prefix)
    {
        foreach (var projection in projections)
        {
            var first = projection;
            while (first.Inputs[0].Producer is { } before && inside.Contains(before) && (before.Spec is Linear || before.Role.EndsWith("q_a_norm", StringComparison.Ordinal)))
                first = before;
            if (first.Inputs[0].Producer is { Spec: Norm, Role: "" } norm && inside.Contains(norm)) norm.Role = prefix + "attn_norm";
        }
    }

    private static string NameRest(Draft draft, HashSet<Draft> inside, bool attended)
    {
        switch (draft.Spec)
        {
            case Linear: return NameFeedForward(draft, inside);
            case Norm:
                return draft.Output.Consumers.Exists(c => c.Spec is ElementWise { Kind: ElementWiseKind.Add })
                    && !draft.Output.Consumers.Exists(c => c.Spec is Linear or Router or MixtureOfExperts)
                    ? Fed(draft, inside) ? "mlp_post_norm" : "attn_post_norm"
                : draft.Output.Consumers.Exists(inside.Contains) ? attended ? "mlp_norm" : "attn_norm"
                : "output_norm";
            case ElementWise { Kind: ElementWiseKind.Add }: return NameAddition(draft, inside);
            case ElementWise { Kind: ElementWiseKind.Activation or ElementWiseKind.GatedActivation }: return IsShared(draft, inside) ? "shared_act" : "mlp_act";
            case Rotary: return "rotary";
            default: return Kind(draft);
        }
    }

    // Gate goes through the activation function, up beside it, down comes after.
    private static string NameFeedForward(Draft linear, HashSet<Draft> inside)
    {
        var shared = IsShared(linear, inside) ? "shared_" : "";
        if (Reaches(linear.Inputs[0].Producer, inside)) return shared + "down_proj";
        foreach (var reader in linear.Output.Consumers)
        {
            if (reader.Spec is ElementWise { Kind: ElementWiseKind.GatedActivation })
                return shared + (reader.Inputs.Count == 1 ? "gate_up_proj" : ReferenceEquals(reader.Inputs[0], linear.Output) ? "gate_proj" : "up_proj");
            if (reader.Spec is ElementWise { Kind: ElementWiseKind.Activation }) return ((Linear)linear.Spec).Outputs == 1 ? "shared_gate" : shared + "up_proj";
        }

        return "linear";

        static bool Reaches(Draft? before, HashSet<Draft> inside) => before is not null && inside.Contains(before)
            && before.Spec is ElementWise { Kind: ElementWiseKind.Activation or ElementWiseKind.GatedActivation or ElementWiseKind.Other };
    }

    // A dense network in a layer with routed experts is the shared one.
    private static bool IsShared(Draft draft, HashSet<Draft> inside)
    {
        foreach (var other in inside)
            if (other.Spec is MixtureOfExperts) return !ReferenceEquals(other, draft);
        return false;
    }

    // Whether a feed-forward network feeds it rather than attention.
    private static bool Fed(Draft draft, HashSet<Draft> inside)
    {
        foreach (var input in draft.Inputs)
        {
            var value = input;
            for (var steps = 0; steps < 8 && value.Producer is { } step && inside.Contains(step); steps++)
            {
                if (step.Role is "o_proj" or "attention") return false;
                if (step.Role is "down_proj" or "experts" or "shared_down_proj" or "moe_add") return true;
                if (step.Inputs.Count != 1) break;
                value = step.Inputs[0];
            }
        }

        return false;
    }

    private static string NameAddition(Draft draft, HashSet<Draft> inside)
    {
        bool attention = false, experts = false, network = false;
        foreach (var input in draft.Inputs)
        {
            var value = input;
            for (var steps = 0; steps < 8 && value.Producer is { } step && inside.Contains(step); steps++)
            {
                attention |= step.Role is "o_proj" or "attention" or "attn_post_norm";
                experts |= step.Role is "experts";
                network |= step.Role is "down_proj" or "shared_down_proj" or "moe_add" or "mlp_post_norm" || step.Role.StartsWith("linear", StringComparison.Ordinal);
                if (step.Spec is not (Norm or ElementWise { Kind: ElementWiseKind.Other })) break;
                value = step.Inputs.Count > 0 ? step.Inputs[0] : value;
            }

            if (value.Producer is { Role: "cross_o_proj" }) return "cross_add";
        }

        // Parallel blocks add both results together, then to the stream: the first addition is attention's.
        return experts && network ? "moe_add" : attention ? "attn_add" : "mlp_add";
    }

    private static string Kind(Draft draft) => draft.Spec switch
    {
        Linear => "linear",
        Norm => "norm",
        Rotary => "rotary",
        Copy => draft.IsConcatenation ? "concat" : "copy",
        ElementWise { Kind: ElementWiseKind.Add } => "add",
        ElementWise { Kind: ElementWiseKind.Activation or ElementWiseKind.GatedActivation } => "activation",
        ElementWise => draft.IsScaling ? "scale" : draft.IsProduct ? "product" : "elementwise",
        Unrecognised u => u.OpType,
        _ => draft.Spec.GetType().Name,
    };
}
