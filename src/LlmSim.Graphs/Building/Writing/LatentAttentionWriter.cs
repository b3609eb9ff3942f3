using LlmSim.Graphs.Building.Shapes;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Building.Writing;

/// <summary>
/// Writes DeepSeek's latent attention with a latent cache: one past and present a layer, [batch, tokens, latent + rotated key], expanded
/// into keys and values of all heads by kv_b_proj, then com.microsoft MultiHeadAttention under an explicit causal mask.
/// </summary>
/// <remarks>
/// Heads are laid out with the rotated dimensions first, so that RotaryEmbedding can rotate part of a head; the checkpoints have them last,
/// which only permutes columns of q_b_proj. Absorbing kv_b_proj into queries and results, as engines do in decode, is left to whoever costs
/// the graph.
/// </remarks>
internal sealed class LatentAttentionWriter
{
    // The lowest finite fp16 number: masked scores vanish in the softmax.
    private const float Masked = -65504;

    private readonly GraphBuilder _graph;
    private readonly DecoderShape _decoder;
    private readonly MatrixFormat _format;
    private readonly string _mask;

    public LatentAttentionWriter(GraphBuilder graph, DecoderShape decoder, MatrixFormat format)
    {
        _graph = graph;
        _decoder = decoder;
        _format = format;
        _mask = CausalMask();
    }

    /// <summary>Writes the attention of one layer.</summary>
    /// <returns>Result of the output projection.</returns>
    public string Write(string path, int layer, LatentAttention attention, string input)
    {
        var query = Rotate(path + "/q_rotary", Query(path, attention, input), attention, attention.Heads);
        var (key, value) = KeysAndValues(path, FormattableString.Invariant($"{layer}"), attention, input);
        var result = _graph.Add(
            "MultiHeadAttention", path + "/MultiHeadAttention", [query, key, value, "", "", _mask],
            [Attributes.Int("num_heads", attention.Heads), Attributes.Float("scale", attention.Scale)], GraphBuilder.Microsoft);
        return _graph.Linear(path + "/o_proj", result, (long)attention.Heads * attention.ValueDim, _decoder.Hidden, _format);
    }

    private string Query(string path, LatentAttention attention, string input)
    {
        var width = (long)attention.Heads * attention.HeadDim;
        if (attention.QueryRank is not { } rank) return _graph.Linear(path + "/q_proj", input, _decoder.Hidden, width, _format);
        var compressed = _graph.Linear(path + "/q_a_proj", input, _decoder.Hidden, rank, _format);
        return _graph.Linear(path + "/q_b_proj", Normalise(path + "/q_a_layernorm", compressed, rank), rank, width, _format);
    }

    private (string Key, string Value) KeysAndValues(string path, string layer, LatentAttention attention, string input)
    {
        long latent = attention.LatentDim, rope = attention.RopeDim, nope = attention.NopeDim, heads = attention.Heads;

        // What the new tokens add to the cache: the normalised latent and one rotated key.
        var compressed = _graph.Linear(path + "/kv_a_proj_with_mqa", input, _decoder.Hidden, latent + rope, _format);
        var (newLatent, newKey) = Split(path + "/kv_a_split", compressed, latent, rope);
        newLatent = Normalise(path + "/kv_a_layernorm", newLatent, attention.LatentDim);
        newKey = Rotate(path + "/k_rotary", newKey, attention, 1);
        var added = _graph.Add("Concat", path + "/latent/Concat", [newLatent, newKey], [Attributes.Int("axis", -1)]);
        var width = attention.LatentDim + attention.RopeDim;
        var past = _graph.Input($"past_key_values.{layer}.latent", _graph.ActivationType, Dimensions.Batch, Dimensions.Past, width);
        var present = $"present.{layer}.latent";
        _graph.Output(present, _graph.ActivationType, Dimensions.Batch, Dimensions.Total, width);
        _graph.Add("Concat", path + "/cache/Concat", [past, added], [present], [Attributes.Int("axis", 1)]);

        // All of it expanded to keys and values of every head; the rotated key is common to them.
        var (latents, keys) = Split(path + "/cache_split", present, latent, rope);
        var expanded = _graph.Linear(path + "/kv_b_proj", latents, latent, heads * (nope + attention.ValueDim), _format);
        expanded = _graph.Add("Reshape", path + "/kv_b_reshape", [expanded, _graph.Integers(0, 0, heads, nope + attention.ValueDim)]);
        var (unrotated, value) = Split(path + "/kv_b_split", expanded, nope, attention.ValueDim);
        var rotated = _graph.Add("Unsqueeze", path + "/k_rotated/Unsqueeze", [keys, _graph.Integers(2)]);
        rotated = _graph.Add("Expand", path + "/k_rotated/Expand", [rotated, _graph.Integers(1, 1, heads, 1)]);
        var key = _graph.Add("Concat", path + "/key/Concat", [rotated, unrotated], [Attributes.Int("axis", -1)]);
        return (
            _graph.Add("Reshape", path + "/key/Reshape", [key, _graph.Integers(0, 0, heads * (rope + nope))]),
            _graph.Add("Reshape", path + "/value/Reshape", [value, _graph.Integers(0, 0, heads * attention.ValueDim)]));
    }

    private string Rotate(string path, string input, LatentAttention attention, int heads)
    {
        var cos = _graph.Weight("cos_cache", [_decoder.MaxContextTokens, attention.RopeDim / 2]);
        var sin = _graph.Weight("sin_cache", [_decoder.MaxContextTokens, attention.RopeDim / 2]);
        return _graph.Add(
            "RotaryEmbedding", path + "/RotaryEmbedding", [input, "position_ids", cos, sin],
            [Attributes.Int("interleaved", 1), Attributes.Int("num_heads", heads), Attributes.Int("rotary_embedding_dim", attention.RopeDim)],
            GraphBuilder.Microsoft);
    }

    private string Normalise(string path, string input, int width) => _graph.Add(
        "SimplifiedLayerNormalization", path + "/SimplifiedLayerNormalization",
        [input, _graph.Weight(GraphBuilder.WeightPath(path) + ".weight", [width])],
        [Attributes.Float("epsilon", _decoder.Norm.Epsilon), Attributes.Int("axis", -1), Attributes.Int("stash_type", 1)]);

    private (string First, string Second) Split(string path, string input, long first, long second)
    {
        string[] outputs = [path + "/output_0", path + "/output_1"];
        _graph.Add("Split", path + "/Split", [input, _graph.Integers(first, second)], outputs, [Attributes.Int("axis", -1)]);
        return (outputs[0], outputs[1]);
    }

    /// <summary>
    /// [batch, 1, sequence, total]: zero where a query may look, that is at keys up to its own position that are no padding.
    /// </summary>
    private string CausalMask()
    {
        const string path = "/model/causal_mask";
        // The position of a key counts the tokens before it that are no padding, as position_ids do for queries.
        var counts = _graph.Add("CumSum", path + "/CumSum", ["attention_mask", _graph.Integer(1)]);
        var positions = _graph.Add("Sub", path + "/Sub", [counts, _graph.Integer(1)]);
        var keys = _graph.Add("Unsqueeze", path + "/Keys", [positions, _graph.Integers(1, 2)]);
        var queries = _graph.Add("Unsqueeze", path + "/Queries", ["position_ids", _graph.Integers(1, 3)]);
        var seen = _graph.Add("LessOrEqual", path + "/LessOrEqual", [keys, queries]);
        var real = _graph.Add("Cast", path + "/Cast", ["attention_mask"], [Attributes.Int("to", (long)OnnxElementType.Bool)]);
        real = _graph.Add("Unsqueeze", path + "/Real", [real, _graph.Integers(1, 2)]);
        var allowed = _graph.Add("And", path + "/And", [seen, real]);
        return _graph.Add("Where", path + "/Where", [allowed, _graph.Number(0), _graph.Number(Masked)]);
    }
}
