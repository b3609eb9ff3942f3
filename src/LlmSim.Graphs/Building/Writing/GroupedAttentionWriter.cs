using LlmSim.Graphs.Building.Shapes;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Building.Writing;

/// <summary>
/// Writes attention as com.microsoft GroupQueryAttention, rotation inside it, queries, keys and values packed unless they are normalised.
/// </summary>
internal sealed class GroupedAttentionWriter
{
    private readonly GraphBuilder _graph;
    private readonly DecoderShape _decoder;
    private readonly MatrixFormat _format;
    private readonly string _lastPositions;
    private readonly string _totalLength;

    public GroupedAttentionWriter(GraphBuilder graph, DecoderShape decoder, MatrixFormat format)
    {
        _graph = graph;
        _decoder = decoder;
        _format = format;

        // The operator wants, for each sequence, the index of its last token, and the length of the longest.
        const string path = "/model/attn_mask_reformat/attn_mask_subgraph";
        const long int32 = (long)OnnxElementType.Int32;
        var one = graph.Integers(1);
        var lengths = graph.Add("ReduceSum", path + "/ReduceSum", ["attention_mask", one], [Attributes.Int("keepdims", 1)]);
        var last = graph.Add("Sub", path + "/Sub", [lengths, one]);
        _lastPositions = graph.Add("Cast", path + "/Sub/Cast", [last], [Attributes.Int("to", int32)]);
        var shape = graph.Add("Shape", path + "/Shape", ["attention_mask"]);
        var total = graph.Add("Gather", path + "/Gather", [shape, graph.Integer(1)], [Attributes.Int("axis", 0)]);
        _totalLength = graph.Add("Cast", path + "/Gather/Cast", [total], [Attributes.Int("to", int32)]);
    }

    /// <summary>Writes the attention of one layer.</summary>
    /// <returns>Result of the output projection.</returns>
    public string Write(string path, int layer, GroupedAttention attention, string input)
    {
        var (query, key, value) = attention.QkNorm == QkNorm.None ? Packed(path, attention, input) : Separate(path, attention, input);
        var index = FormattableString.Invariant($"{layer}");
        List<string> inputs = [query, key, value, Past(index, "key", attention), Past(index, "value", attention), _lastPositions, _totalLength];
        if (attention.Rotary is { } rotary)
        {
            // Cosines and sines of each position; half as wide as the rotated dimensions, since both halves share them.
            inputs.Add(_graph.Weight("cos_cache", [_decoder.MaxContextTokens, rotary.Dimensions / 2]));
            inputs.Add(_graph.Weight("sin_cache", [_decoder.MaxContextTokens, rotary.Dimensions / 2]));
        }
        else if (attention.Sinks)
        {
            inputs.AddRange(["", ""]);
        }

        // Two optional inputs lie between: position ids and an attention bias.
        if (attention.Sinks) inputs.AddRange(["", "", _graph.Weight(GraphBuilder.WeightPath(path) + ".sinks", [attention.Heads])]);

        var result = path + "/GroupQueryAttention/output_0";
        _graph.Add(
            "GroupQueryAttention", path + "/GroupQueryAttention", inputs, [result, $"present.{index}.key", $"present.{index}.value"],
            [
                Attributes.Int("num_heads", attention.Heads),
                Attributes.Int("kv_num_heads", attention.KvHeads),
                Attributes.Float("scale", attention.Scale ?? (float)(1 / Math.Sqrt(attention.HeadDim))),
                Attributes.Int("local_window_size", attention.Window ?? -1),
                Attributes.Float("softcap", attention.Softcap),
                Attributes.Int("do_rotary", attention.Rotary is null ? 0 : 1),
                Attributes.Int("rotary_interleaved", attention.Rotary is { Interleaved: true } ? 1 : 0),
            ],
            GraphBuilder.Microsoft);
        return _graph.Linear(path + "/o_proj", result, attention.QueryWidth, _decoder.Hidden, _format, attention.OutputBias);
    }

    private (string Query, string Key, string Value) Packed(string path, GroupedAttention attention, string input)
    {
        var width = attention.QueryWidth + 2L * attention.KvWidth;
        return (_graph.Linear(path + "/qkv_proj", input, _decoder.Hidden, width, _format, attention.QkvBias), "", "");
    }

    private (string Query, string Key, string Value) Separate(string path, GroupedAttention attention, string input)
    {
        var query = _graph.Linear(path + "/q_proj", input, _decoder.Hidden, attention.QueryWidth, _format, attention.QkvBias);
        var key = _graph.Linear(path + "/k_proj", input, _decoder.Hidden, attention.KvWidth, _format, attention.QkvBias);
        var value = _graph.Linear(path + "/v_proj", input, _decoder.Hidden, attention.KvWidth, _format, attention.QkvBias);
        query = NormaliseHeads(path + "/q_norm", attention, query, attention.QueryWidth);
        return (query, NormaliseHeads(path + "/k_norm", attention, key, attention.KvWidth), value);
    }

    private string NormaliseHeads(string path, GroupedAttention attention, string input, int width)
    {
        if (attention.QkNorm == QkNorm.AllHeads) return Normalise(path, input, width);
        var heads = _graph.Add("Reshape", path + "/Reshape_1", [input, _graph.Integers(0, -1, attention.HeadDim)]);
        return _graph.Add("Reshape", path + "/Reshape_2", [Normalise(path, heads, attention.HeadDim), _graph.Integers(0, -1, width)]);
    }

    private string Normalise(string path, string input, int width) => _graph.Add(
        "SimplifiedLayerNormalization", path + "/SimplifiedLayerNormalization",
        [input, _graph.Weight(GraphBuilder.WeightPath(path) + ".layernorm.weight", [width])],
        [Attributes.Float("epsilon", _decoder.Norm.Epsilon), Attributes.Int("axis", -1), Attributes.Int("stash_type", 1)]);

    private string Past(string layer, string kind, GroupedAttention attention)
    {
        var type = _graph.ActivationType;
        _graph.Output($"present.{layer}.{kind}", type, Dimensions.Batch, attention.KvHeads, Dimensions.Total, attention.HeadDim);
        return _graph.Input($"past_key_values.{layer}.{kind}", type, Dimensions.Batch, attention.KvHeads, Dimensions.Past, attention.HeadDim);
    }
}
