using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Tests.Samples;

/// <summary>Decoders written out by hand, so that these tests do not stand on the import.</summary>
internal static class SampleModels
{
    private static readonly WeightFormat s_fp16 = new(NumberFormat.Fp16);

    public static LanguageModel Llama7B { get; } = Llama("llama-2-7b", 4096, 32, 32, 32, 11008, 32000);

    public static LanguageModel Llama13B { get; } = Llama("llama-2-13b", 5120, 40, 40, 40, 13824, 32000);

    public static LanguageModel Llama70B { get; } = Llama("llama-2-70b", 8192, 80, 64, 8, 28672, 32000);

    public static LanguageModel Opt30B { get; } = Opt("opt-30b", 7168, 48, 56, 28672, 50272);

    public static LanguageModel Opt175B { get; } = Opt("opt-175b", 12288, 96, 96, 49152, 50272);

    /// <summary>Norm, separate projections, rotary inside attention, SwiGLU in three matrices and an activation, residual adds.</summary>
    public static LanguageModel Llama(string name, int hidden, int layers, int heads, int kvHeads, int inner, int vocabulary)
    {
        var headDim = hidden / heads;
        var g = new Builder();
        var x = g.Value("x", hidden);
        var n1 = g.Add("attention_norm", new Norm(NormKind.Rms, hidden), hidden, x);
        var q = g.Add("q_proj", Matrix(hidden, hidden), hidden, n1);
        var k = g.Add("k_proj", Matrix(hidden, kvHeads * headDim), kvHeads * headDim, n1);
        var v = g.Add("v_proj", Matrix(hidden, kvHeads * headDim), kvHeads * headDim, n1);
        var a = g.Add("attention", new Attention(heads, kvHeads, headDim, headDim) { RotaryDims = headDim }, hidden, q, k, v);
        var o = g.Add("o_proj", Matrix(hidden, hidden), hidden, a);
        var r1 = g.Add("attention_add", ElementWise.Add(hidden), hidden, x, o);
        var n2 = g.Add("mlp_norm", new Norm(NormKind.Rms, hidden), hidden, r1);
        var gate = g.Add("gate_proj", Matrix(hidden, inner), inner, n2);
        var up = g.Add("up_proj", Matrix(hidden, inner), inner, n2);
        var act = g.Add("mlp_act", ElementWise.GatedActivation(inner, ActivationFunction.Silu), inner, gate, up);
        var down = g.Add("down_proj", Matrix(inner, hidden), hidden, act);
        var r2 = g.Add("mlp_add", ElementWise.Add(hidden), hidden, r1, down);
        return Whole(name, g.Build("layer", [.. Enumerable.Range(0, layers)], r2), hidden, vocabulary, NormKind.Rms, tiedHead: false);
    }

    /// <summary>Layer norms, biases, packed QKV, two-matrix MLP with ReLU, tied head.</summary>
    public static LanguageModel Opt(string name, int hidden, int layers, int heads, int inner, int vocabulary)
    {
        var headDim = hidden / heads;
        var g = new Builder();
        var x = g.Value("x", hidden);
        var n1 = g.Add("attention_norm", new Norm(NormKind.Layer, hidden), hidden, x);
        var qkv = g.Add("qkv_proj", Matrix(hidden, 3 * hidden, bias: true), 3 * hidden, n1);
        var a = g.Add("attention", new Attention(heads, heads, headDim, headDim), hidden, qkv);
        var o = g.Add("o_proj", Matrix(hidden, hidden, bias: true), hidden, a);
        var r1 = g.Add("attention_add", ElementWise.Add(hidden), hidden, x, o);
        var n2 = g.Add("mlp_norm", new Norm(NormKind.Layer, hidden), hidden, r1);
        var up = g.Add("fc1", Matrix(hidden, inner, bias: true), inner, n2);
        var act = g.Add("mlp_act", ElementWise.Activation(inner, ActivationFunction.Relu), inner, up);
        var down = g.Add("fc2", Matrix(inner, hidden, bias: true), hidden, act);
        var r2 = g.Add("mlp_add", ElementWise.Add(hidden), hidden, r1, down);
        return Whole(name, g.Build("layer", [.. Enumerable.Range(0, layers)], r2), hidden, vocabulary, NormKind.Layer, tiedHead: true);
    }

    /// <summary>One layer kind with routed experts.</summary>
    public static LanguageModel Mixture(int hidden, int layers, int heads, int kvHeads, int experts, int perToken, int inner, int vocabulary)
    {
        var headDim = hidden / heads;
        var g = new Builder();
        var x = g.Value("x", hidden);
        var n1 = g.Add("attention_norm", new Norm(NormKind.Rms, hidden), hidden, x);
        var qkv = g.Add("qkv_proj", Matrix(hidden, (heads + 2 * kvHeads) * headDim), (heads + 2 * kvHeads) * headDim, n1);
        var a = g.Add("attention", new Attention(heads, kvHeads, headDim, headDim) { RotaryDims = headDim }, hidden, qkv);
        var o = g.Add("o_proj", Matrix(hidden, hidden), hidden, a);
        var r1 = g.Add("attention_add", ElementWise.Add(hidden), hidden, x, o);
        var n2 = g.Add("mlp_norm", new Norm(NormKind.Rms, hidden), hidden, r1);
        var router = g.Add("router", new Router(hidden, experts, perToken, false, s_fp16), 2 * perToken, n2);
        var moe = g.Add("experts", new MixtureOfExperts(experts, perToken, hidden, inner, true, false, ActivationFunction.Silu, s_fp16), hidden, n2, router);
        var r2 = g.Add("mlp_add", ElementWise.Add(hidden), hidden, r1, moe);
        return Whole("mixture", g.Build("layer", [.. Enumerable.Range(0, layers)], r2), hidden, vocabulary, NormKind.Rms, tiedHead: false);
    }

    private static LanguageModel Whole(string name, LayerGroup layers, int hidden, int vocabulary, NormKind norm, bool tiedHead) => new()
    {
        Name = name,
        Prologue = Embedding(hidden, vocabulary),
        LayerGroups = [layers],
        Epilogue = Head(hidden, vocabulary, new Norm(norm, hidden, Rows: RowSource.SampledPositions), tiedHead),
        HiddenSize = hidden,
        VocabularySize = vocabulary,
    };

    private static Linear Matrix(int inputs, int outputs, bool bias = false) => new(inputs, outputs, bias, s_fp16);

    private static LayerGroup Embedding(int hidden, int vocabulary) => new(
        "embedding", [], [new Operator("embed_tokens", new Embedding(vocabulary, hidden, s_fp16), [0], [1])],
        [new ActivationValue("ids", 1), new ActivationValue("x", hidden)], 1);

    private static LayerGroup Head(int hidden, int vocabulary, Norm norm, bool shared) => new(
        "head", [],
        [
            new Operator("final_norm", norm, [0], [1]),
            new Operator("lm_head", new Linear(hidden, vocabulary, false, s_fp16, RowSource.SampledPositions) { SharedWeights = shared }, [1], [2]),
        ],
        [new ActivationValue("x", hidden), new ActivationValue("normed", 0, hidden), new ActivationValue("logits", 0, vocabulary)], 2);

    internal sealed class Builder
    {
        private readonly List<Operator> _operators = [];
        private readonly List<ActivationValue> _values = [];

        public int Value(string name, double perToken)
        {
            _values.Add(new ActivationValue(name, perToken));
            return _values.Count - 1;
        }

        public int Add(string name, OperatorSpec spec, double perToken, params int[] inputs)
        {
            var output = Value(name + " out", perToken);
            _operators.Add(new Operator(name, spec, inputs, [output]));
            return output;
        }

        public LayerGroup Build(string name, IReadOnlyList<int> layers, int output) => new(name, layers, _operators, _values, output);
    }
}
