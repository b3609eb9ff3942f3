using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Rules;

/// <summary>The sizes of a decoder layer that the survey's tool asks for.</summary>
internal sealed record LlmViewerLayer
{
    public required int Count { get; init; }

    public required double Hidden { get; init; }

    public required double Heads { get; init; }

    public required double KvHeads { get; init; }

    public required double HeadDim { get; init; }

    public required double Intermediate { get; init; }

    /// <summary>Whether the feed-forward part has a norm of its own; GPT-J's runs beside attention and shares its norm.</summary>
    public required bool HasMlpNorm { get; init; }

    /// <summary>
    /// Whether there is a gate_proj row. An ungated feed-forward network behind a norm of its own has one too: the tool describes OPT as if it were gated.
    /// </summary>
    public required bool HasGateRow { get; init; }

    /// <summary>Reads the sizes from a recognised layer.</summary>
    /// <returns>Null, and the reason, when the tool has no rows for such a layer.</returns>
    public static LlmViewerLayer? Of(LayerGroup group, int hidden, out string? problem)
    {
        Attention? attention = null;
        Linear? down = null;
        bool gated = false, mlpNorm = false;
        problem = null;
        foreach (var op in group.Operators)
        {
            switch (op.Spec)
            {
                case Attention found: attention = found; break;
                case MultiLatentAttention: problem = "the survey's tool has no rows for multi-head latent attention"; return null;
                case MixtureOfExperts: problem = "the survey's tool has no rows for a mixture of experts"; return null;
                case Linear linear when op.Name == "down_proj": down = linear; break;
                case Linear when op.Name is "gate_proj" or "gate_up_proj": gated = true; break;
                case Norm when op.Name == "mlp_norm": mlpNorm = true; break;
            }
        }

        if (attention is null || down is null)
        {
            problem = $"the survey's tool needs attention and down_proj in each layer; {group.Name} lacks {(attention is null ? "attention" : "down_proj")}";
            return null;
        }

        return new LlmViewerLayer
        {
            Count = group.Count,
            Hidden = hidden,
            Heads = attention.Heads,
            KvHeads = attention.KvHeads,
            HeadDim = attention.HeadDim,
            Intermediate = down.Inputs,
            HasMlpNorm = mlpNorm,
            HasGateRow = gated || mlpNorm,
        };
    }
}
