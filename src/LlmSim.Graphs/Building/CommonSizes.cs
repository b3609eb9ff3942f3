using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building;

/// <summary>The fields that the Llama-like families share, under the same names.</summary>
/// <param name="Hidden">hidden_size.</param>
/// <param name="Layers">num_hidden_layers.</param>
/// <param name="Heads">num_attention_heads.</param>
/// <param name="KvHeads">num_key_value_heads; the query heads when absent.</param>
/// <param name="HeadDim">head_dim; hidden_size / heads when absent.</param>
/// <param name="Vocabulary">vocab_size.</param>
/// <param name="MaxContext">max_position_embeddings.</param>
/// <param name="Norm">RMSNorm with rms_norm_eps.</param>
/// <param name="Tied">tie_word_embeddings.</param>
internal sealed record CommonSizes(
    int Hidden, int Layers, int Heads, int KvHeads, int HeadDim, int Vocabulary, int MaxContext, NormShape Norm, bool Tied)
{
    /// <summary>Reads them.</summary>
    /// <param name="config">Configuration.</param>
    /// <param name="tiedByDefault">What the family takes an absent tie_word_embeddings for.</param>
    public static CommonSizes Read(ConfigReader config, bool tiedByDefault = false)
    {
        var hidden = config.Size("hidden_size");
        var heads = config.Size("num_attention_heads");
        var kvHeads = config.Size("num_key_value_heads", heads);
        if (!config.Has("head_dim")) config.Divides("num_attention_heads", heads, "hidden_size", hidden);
        config.Divides("num_key_value_heads", kvHeads, "num_attention_heads", heads);
        var headDim = config.Size("head_dim", Math.Max(1, hidden / heads));
        config.Fits("head_dim", heads, headDim);
        return new CommonSizes(
            hidden,
            config.Layers("num_hidden_layers"),
            heads,
            kvHeads,
            headDim,
            config.Size("vocab_size"),
            config.Context("max_position_embeddings"),
            new NormShape(Centred: false, config.Epsilon("rms_norm_eps")),
            config.Flag("tie_word_embeddings", tiedByDefault));
    }

    /// <summary>Attention with these heads and rotation over partial_rotary_factor of each (all of it when absent).</summary>
    public GroupedAttention Attention(ConfigReader config)
    {
        var factor = config.Number("partial_rotary_factor", 0, 1, 1);
        var rotated = (int)(HeadDim * factor);
        config.Rotates("head_dim", rotated, HeadDim);
        return new GroupedAttention(Heads, KvHeads, HeadDim) { Rotary = new RotaryShape(rotated) };
    }

    /// <summary>A decoder of these sizes.</summary>
    /// <param name="family">Family.</param>
    /// <param name="layer">Describes the layer with an index.</param>
    public DecoderShape Decoder(string family, Func<int, DecoderLayer> layer) => new()
    {
        Family = family,
        Hidden = Hidden,
        Vocabulary = Vocabulary,
        MaxContextTokens = MaxContext,
        Norm = Norm,
        TiedHead = Tied,
        Layers = Enumerable.Range(0, Layers).Select(layer).ToList(),
    };
}
