using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>However a graph spells a decoder out, the same model comes out.</summary>
public class SpellingTests
{
    public static TheoryData<string> Norms => ["node", "reciprocal", "division", "gemma"];

    [Theory]
    [MemberData(nameof(Norms))]
    public void Rms_norms(string form) => AssertCosts(new DecoderSketch().Model(), new DecoderSketch
    {
        Norm = form switch
        {
            "node" => DecoderSketch.RmsNode,
            "reciprocal" => DecoderSketch.RmsReciprocal,
            "division" => DecoderSketch.RmsDivision,
            _ => DecoderSketch.RmsGemma,
        },
    }.Model());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Layer_norms(bool tensorFlow) => AssertCosts(
        new DecoderSketch { Norm = DecoderSketch.LayerNode }.Model(),
        new DecoderSketch { Norm = tensorFlow ? DecoderSketch.LayerTensorFlow : DecoderSketch.LayerSpelt }.Model());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gated_networks(bool split) => AssertCosts(
        new DecoderSketch().Model(), new DecoderSketch { FeedForward = split ? DecoderSketch.SwigluPacked : DecoderSketch.SwigluSliced }.Model());

    [Theory]
    [InlineData("erf")]
    [InlineData("half first")]
    [InlineData("tanh")]
    [InlineData("products")]
    [InlineData("fast")]
    public void Gelu(string form) => AssertCosts(
        new DecoderSketch { FeedForward = (d, x) => DecoderSketch.Mlp(d, x, DecoderSketch.GeluNode) }.Model(),
        new DecoderSketch
        {
            FeedForward = (d, x) => DecoderSketch.Mlp(d, x, form switch
            {
                "erf" => DecoderSketch.GeluErf,
                "half first" => DecoderSketch.GeluErfHalfFirst,
                "tanh" => DecoderSketch.GeluTanh,
                "products" => DecoderSketch.GeluTanhProducts,
                _ => DecoderSketch.FastGeluNode,
            }),
        }.Model());

    [Theory]
    [InlineData("node")]
    [InlineData("scaled query")]
    [InlineData("packed")]
    public void Attention(string form) => AssertCosts(new DecoderSketch().Model(), new DecoderSketch
    {
        Attention = form switch
        {
            "node" => DecoderSketch.AttentionNode,
            "packed" => DecoderSketch.AttentionPacked,
            _ => DecoderSketch.AttentionScaledQuery,
        },
    }.Model());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rotation(bool pairs) => AssertCosts(
        new DecoderSketch { Attention = DecoderSketch.AttentionRotatedByNode }.Model(),
        new DecoderSketch { Attention = pairs ? DecoderSketch.AttentionRotatedPairs : DecoderSketch.AttentionRotated }.Model());

    [Fact]
    public void Rotation_of_part_of_a_head_from_a_matrix_packed_by_head() => AssertCosts(
        new DecoderSketch { Attention = DecoderSketch.AttentionPerHeadPlain }.Model(), new DecoderSketch { Attention = DecoderSketch.AttentionPerHead }.Model());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Experts(bool shared) => AssertCosts(
        new DecoderSketch { FeedForward = shared ? DecoderSketch.ExpertsNodeAndShared : DecoderSketch.ExpertsNode }.Model(),
        new DecoderSketch { FeedForward = shared ? DecoderSketch.ExpertsTracedAndShared : DecoderSketch.ExpertsTraced }.Model());

    [Fact]
    public void Experts_in_batched_products() => AssertCosts(
        new DecoderSketch { FeedForward = DecoderSketch.ExpertsNode }.Model(), new DecoderSketch { FeedForward = DecoderSketch.ExpertsBatched }.Model());

    [Fact]
    public void Windows_in_masks_are_found()
    {
        var model = Recognised.Of(new DecoderSketch { Attention = DecoderSketch.AttentionMasked }.Model());
        Recognised.AssertSound(model);
        Assert.Equal([5], model.Windows);
        Assert.Equal(["layer (window 5)", "layer (full attention)"], model.LayerGroups.Select(g => g.Name));
        Assert.Equal([0, 2], model.LayerGroups[0].Layers);
        Assert.Equal(1, model.Coverage);
    }

    [Fact]
    public void Layers_are_folded_and_named()
    {
        var model = Recognised.Of(new DecoderSketch().Model());
        Recognised.AssertSound(model);
        var group = Assert.Single(model.LayerGroups);
        Assert.Equal([0, 1, 2], group.Layers);
        Assert.Equal(
            ["attn_norm", "q_proj", "k_proj", "v_proj", "attention", "o_proj", "attn_add", "mlp_norm", "gate_proj", "up_proj", "mlp_act", "down_proj", "mlp_add"],
            group.Operators.Select(o => o.Name));
        Assert.Equal(new Attention(4, 2, 8, 8), group.Operators[4].Spec);
        Assert.Equal(3 * 2 * 2 * 8, model.KvElementsPerToken);
        Assert.Equal(["embedding"], model.Prologue!.Operators.Select(o => o.Name));
        Assert.Equal(["final_norm", "lm_head"], model.Epilogue!.Operators.Select(o => o.Name));
        Assert.Equal(60, model.VocabularySize);
    }

    [Fact]
    public void A_node_nobody_knows_is_named_and_costed_by_its_bytes()
    {
        var sketch = new DecoderSketch
        {
            FeedForward = (d, x) =>
            {
                var up = d.Linear(x, DecoderSketch.Hidden, DecoderSketch.Intermediate);
                var odd = d.Graph.Node("com.example:Mystery", [up, d.Graph.Weight(7, 5)]);
                var known = d.Graph.Node("Reshape", [odd, d.Graph.Ints(0, 0, DecoderSketch.Intermediate)]);
                return d.Linear(known, DecoderSketch.Intermediate, DecoderSketch.Hidden);
            },
        };
        var model = Recognised.Of(sketch.Model());
        Recognised.AssertSound(model);
        Assert.Equal(3, model.LayerCount);
        Assert.InRange(model.Coverage, 0.9, 0.9999);
        Assert.Equal(3, model.Notes.Count);
        Assert.Contains("Mystery", model.Notes[0], StringComparison.Ordinal);
        var odd = model.LayerGroups[0].Operators.Single(o => o.Spec is Unrecognised);
        Assert.Equal("com.example.Mystery", odd.Name);
        Assert.Equal(35, odd.Spec.Parameters);
        var work = odd.Spec.Work(BatchShape.UniformDecode(5, 9), Precision.Fp16);
        Assert.Equal(5.0 * DecoderSketch.Intermediate * 2, work.ActivationReadBytes);
    }

    [Fact]
    public void A_decoder_inside_an_If_is_found()
    {
        // Optimum's merged decoders: one branch without and one with the cache, weights and inputs of the graph around them.
        var inner = new DecoderSketch();
        var decoder = inner.Model().Graph;
        var outer = new OnnxModel
        {
            IrVersion = 8,
            OpsetImports = new Dictionary<string, long> { [""] = 17, ["com.microsoft"] = 1 },
            Graph = new OnnxGraph
            {
                Inputs = [.. decoder.Inputs, new OnnxValueInfo("use_cache", OnnxElementType.Bool, [new OnnxDimension(1, null)])],
                Outputs = decoder.Outputs,
                Initializers = decoder.Initializers,
                Nodes =
                [
                    new OnnxNode
                    {
                        OpType = "If",
                        Inputs = ["use_cache"],
                        Outputs = ["logits"],
                        Attributes =
                        [
                            new OnnxAttribute { Name = "then_branch", Kind = OnnxAttributeKind.Graph, Graph = Branch() },
                            new OnnxAttribute { Name = "else_branch", Kind = OnnxAttributeKind.Graph, Graph = Branch() },
                        ],
                    },
                ],
            },
        };
        var model = Recognised.Of(outer);
        Recognised.AssertSound(model);
        Assert.Equal(3, model.LayerCount);
        Assert.Equal(1, model.Coverage);
        Assert.Equal(Recognised.Of(new DecoderSketch().Model()).Parameters, model.Parameters);

        OnnxGraph Branch() => new()
        {
            Nodes = [.. decoder.Nodes.Select(n => n with { Outputs = [.. n.Outputs.Select(o => o == "logits" ? "branch_logits" : o)] })],
            Outputs = [new OnnxValueInfo("branch_logits", OnnxElementType.Float, null)],
        };
    }

    [Fact]
    public void Weights_that_are_inputs_are_weights()
    {
        var model = new DecoderSketch().Model();
        var graph = model.Graph;
        var large = graph.Initializers.Where(t => t.ElementType == OnnxElementType.Float && t.Dimensions.Count > 0).ToList();
        var exposed = model with
        {
            Graph = graph with
            {
                Initializers = [.. graph.Initializers.Except(large)],
                Inputs = [.. graph.Inputs, .. large.Select(t => new OnnxValueInfo(t.Name, t.ElementType, [.. t.Dimensions.Select(d => new OnnxDimension(d, null))]))],
            },
        };
        AssertCosts(model, exposed);
    }

    private static void AssertCosts(OnnxModel expected, OnnxModel actual)
    {
        LanguageModel a = Recognised.Of(expected), b = Recognised.Of(actual);
        Recognised.AssertSound(b);
        Assert.Equal(1, b.Coverage);
        Assert.Empty(b.Notes);
        Assert.Equal(a.LayerCount, b.LayerCount);
        Assert.Equal(a.Parameters, b.Parameters);
        Assert.Equal(a.KvElementsPerToken, b.KvElementsPerToken);
        Assert.Equal(a.LayerGroups.Count, b.LayerGroups.Count);
        foreach (var batch in new[] { BatchShape.UniformPrefill(2, 37), BatchShape.UniformDecode(5, 300) })
        {
            foreach (var (x, y) in a.Groups.Zip(b.Groups)) Assert.Equal(Recognised.Flops(x, batch), Recognised.Flops(y, batch), 3);
            Assert.Equal(Bytes(a, batch), Bytes(b, batch), 3);
        }

        // Weights, KV cache and what leaves memory: all but the packed halves, which one spelling reads together and another apart.
        static double Bytes(LanguageModel model, BatchShape batch) =>
            model.Groups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.Work(batch, Precision.Fp16) is var w ? w.WeightBytes + w.KvBytes : 0));
    }
}
