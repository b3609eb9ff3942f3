using LlmSim.Graphs.Building.Shapes;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Building.Writing;

/// <summary>
/// Writes a decoder as a graph in the layout of onnxruntime-genai's builder: embedding, layers in which each residual addition is fused into the
/// norm that follows it, final norm, LM head over all positions.
/// </summary>
internal sealed class DecoderWriter
{
    private readonly DecoderShape _decoder;
    private readonly MatrixFormats _formats;
    private readonly GraphBuilder _graph;

    // The residual stream, and what is still to be added to it by the next norm ("" for nothing).
    private string _residual = "";
    private string _pending = "";

    private DecoderWriter(DecoderShape decoder, BuildOptions options, MatrixFormats formats)
    {
        _decoder = decoder;
        _formats = formats;
        _graph = new GraphBuilder(options.Activations);
    }

    /// <summary>Writes the graph.</summary>
    public static OnnxGraph Write(DecoderShape decoder, BuildOptions options, MatrixFormats formats) =>
        new DecoderWriter(decoder, options, formats).Write();

    private OnnxGraph Write()
    {
        var latent = _decoder.Layers.Any(l => l.Attention is LatentAttention);
        _graph.Input("input_ids", OnnxElementType.Int64, Dimensions.Batch, Dimensions.Sequence);
        _graph.Input("attention_mask", OnnxElementType.Int64, Dimensions.Batch, Dimensions.Total);
        if (latent || _decoder.LearnedPositions > 0) _graph.Input("position_ids", OnnxElementType.Int64, Dimensions.Batch, Dimensions.Sequence);
        _graph.Output("logits", _graph.ActivationType, Dimensions.Batch, Dimensions.Sequence, _decoder.Vocabulary);

        var grouped = latent ? null : new GroupedAttentionWriter(_graph, _decoder, _formats.Matrices);
        var latents = latent ? new LatentAttentionWriter(_graph, _decoder, _formats.Matrices) : null;
        var networks = new FeedForwardWriter(_graph, _decoder.Hidden, _formats);
        _residual = Embed();
        for (var i = 0; i < _decoder.Layers.Count; i++)
        {
            var layer = _decoder.Layers[i];
            var path = FormattableString.Invariant($"/model/layers.{i}");
            WriteLayer(
                path, layer,
                input => layer.Attention switch
                {
                    LatentAttention a => latents!.Write(path + "/attn", i, a, input),
                    GroupedAttention a => grouped!.Write(path + "/attn", i, a, input),
                    _ => throw new NotSupportedException(layer.Attention.GetType().Name),
                },
                input => networks.Write(path, layer.FeedForward, input));
        }

        Head();
        return _graph.Finish();
    }

    private void WriteLayer(string path, DecoderLayer layer, Func<string, string> attention, Func<string, string> network)
    {
        var input = AddAndNormalise(path + "/input_layernorm");
        switch (layer.Order)
        {
            case ResidualOrder.PreNorm:
                _pending = attention(input);
                _pending = network(AddAndNormalise(path + "/post_attention_layernorm"));
                break;
            case ResidualOrder.Sandwich:
                _pending = Normalise(path + "/post_attention_layernorm", attention(input));
                _pending = Normalise(path + "/post_feedforward_layernorm", network(AddAndNormalise(path + "/pre_feedforward_layernorm")));
                break;
            case ResidualOrder.Parallel:
                _pending = _graph.Add("Add", path + "/residual_add/Add", [attention(input), network(input)]);
                break;
            case ResidualOrder.ParallelTwoNorms:
                var other = Normalise(path + "/post_attention_layernorm", _residual);
                _pending = _graph.Add("Add", path + "/residual_add/Add", [attention(input), network(other)]);
                break;
            default:
                throw new NotSupportedException(layer.Order.ToString());
        }
    }

    private string Embed()
    {
        var embedding = _graph.Weight("model.embed_tokens.weight", [_decoder.Vocabulary, _decoder.Hidden]);
        var value = _graph.Add("Gather", "/model/embed_tokens/Gather", [embedding, "input_ids"]);
        if (_decoder.EmbeddingScale != 1)
            value = _graph.Add("Mul", "/model/embed_tokens/Mul", [value, _graph.Number(_decoder.EmbeddingScale)]);
        if (_decoder.LearnedPositions == 0) return value;

        var positions = "position_ids";
        if (_decoder.PositionOffset != 0)
            positions = _graph.Add("Add", "/model/embed_positions/Offset", [positions, _graph.Integer(_decoder.PositionOffset)]);
        var table = _graph.Weight("model.embed_positions.weight", [_decoder.LearnedPositions, _decoder.Hidden]);
        var rows = _graph.Add("Gather", "/model/embed_positions/Gather", [table, positions]);
        return _graph.Add("Add", "/model/embed_positions/Add", [value, rows]);
    }

    private void Head()
    {
        var path = FormattableString.Invariant($"/model/layers.{_decoder.Layers.Count}/final_norm_layernorm");
        var input = AddAndNormalise(path, last: true);
        var capped = _decoder.LogitSoftcap > 0;
        var logits = capped ? null : "logits";
        if (_decoder.TiedHead)
        {
            // One initializer for both uses: the head reads the table transposed.
            var turned = _graph.Add("Transpose", "/lm_head/Transpose", ["model.embed_tokens.weight"], [Attributes.Ints("perm", 1, 0)]);
            var product = capped || _decoder.HeadBias ? "/lm_head/MatMul/output_0" : "logits";
            _graph.Add("MatMul", "/lm_head/MatMul", [input, turned], [product]);
            if (_decoder.HeadBias)
            {
                var sum = logits ?? "/lm_head/Add/output_0";
                _graph.Add("Add", "/lm_head/Add", [product, _graph.Weight("lm_head.Add.bias", [_decoder.Vocabulary])], [sum]);
                product = sum;
            }

            logits = product;
        }
        else
        {
            logits = _graph.Linear("/lm_head", input, _decoder.Hidden, _decoder.Vocabulary, _formats.Head, _decoder.HeadBias, logits);
        }

        if (!capped) return;
        var cap = _graph.Number(_decoder.LogitSoftcap);
        var squeezed = _graph.Add("Div", "/lm_head/softcap/Div", [logits, cap]);
        squeezed = _graph.Add("Tanh", "/lm_head/softcap/Tanh", [squeezed]);
        _graph.Add("Mul", "/lm_head/softcap/Mul", [squeezed, cap], ["logits"]);
    }

    /// <summary>Adds what is pending to the residual stream and normalises the sum, in one operator.</summary>
    private string AddAndNormalise(string path, bool last = false)
    {
        if (_pending.Length == 0) return Normalise(path, _residual);
        var output = path + "/output_0";
        var sum = path + "/output_3";
        _graph.Add(
            _decoder.Norm.Centred ? "SkipLayerNormalization" : "SkipSimplifiedLayerNormalization", path + "/SkipLayerNorm",
            [_residual, _pending, .. NormWeights(path)],
            last ? [output] : [output, "", "", sum],
            [Attributes.Float("epsilon", _decoder.Norm.Epsilon)], GraphBuilder.Microsoft);
        _residual = sum;
        _pending = "";
        return output;
    }

    private string Normalise(string path, string input)
    {
        var output = path + "/output_0";
        // ONNX Runtime keeps SimplifiedLayerNormalization in the standard domain, and exporters follow it.
        _graph.Add(
            _decoder.Norm.Centred ? "LayerNormalization" : "SimplifiedLayerNormalization", path + "/LayerNorm",
            [input, .. NormWeights(path)], [output],
            [Attributes.Float("epsilon", _decoder.Norm.Epsilon), Attributes.Int("axis", -1), Attributes.Int("stash_type", 1)]);
        return output;
    }

    private List<string> NormWeights(string path)
    {
        var name = GraphBuilder.WeightPath(path);
        var weights = new List<string> { _graph.Weight(name + ".weight", [_decoder.Hidden]) };
        if (_decoder.Norm.Centred) weights.Add(_graph.Weight(name + ".bias", [_decoder.Hidden]));
        return weights;
    }
}
