using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Building;

/// <summary>What holds for every graph that the builder writes, tried on every configuration of the catalogue.</summary>
public sealed class GraphLayoutTests
{
    private static readonly ModelCatalogue Shipped = new(Repository.Path("models"));

    public static TheoryData<string, string> FamiliesAndFormats()
    {
        var data = new TheoryData<string, string>();
        foreach (var name in Shipped.Names)
            foreach (var format in new[] { "config", "fp16", "int4", "int8" }) data.Add(name, format);
        return data;
    }

    [Theory]
    [MemberData(nameof(FamiliesAndFormats))]
    public void Every_value_is_made_once_before_it_is_used_and_every_weight_is_used(string name, string format)
    {
        var (model, figures) = Build(name, format);
        var made = new HashSet<string>(StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in model.Graph.Inputs) Assert.True(made.Add(input.Name), input.Name);
        foreach (var weight in model.Graph.Initializers) Assert.True(made.Add(weight.Name), weight.Name);
        foreach (var node in model.Graph.Nodes)
        {
            Assert.True(names.Add(node.Name), node.Name);
            foreach (var input in node.Inputs.Where(i => i.Length > 0))
            {
                Assert.True(made.Contains(input), $"{node.Name} reads {input}, which nothing before it makes");
                used.Add(input);
            }

            foreach (var output in node.Outputs.Where(o => o.Length > 0)) Assert.True(made.Add(output), output);
        }

        foreach (var output in model.Graph.Outputs) Assert.Contains(output.Name, made);
        Assert.Empty(model.Graph.Initializers.Where(w => !used.Contains(w.Name)).Select(w => w.Name));
        Assert.Empty(model.Graph.Inputs.Where(i => !used.Contains(i.Name)).Select(i => i.Name));
        Assert.Equal(figures.Parameters, Config.Parameters(model));
    }

    [Fact]
    public void Places_in_the_data_file_are_page_aligned_do_not_overlap_and_have_the_size_of_their_tensors()
    {
        foreach (var name in new[] { "llama-2-7b", "gpt-oss-20b", "deepseek-v3", "opt-175b" })
        {
            long end = 0;
            foreach (var tensor in Build(name, "config").Model.Graph.Initializers)
            {
                var place = tensor.External!;
                Assert.True(place.Offset >= end && place.Offset % 4096 == 0);
                Assert.Equal(OnnxElements.Bytes(tensor.ElementType, tensor.Dimensions), place.Length);
                end = place.Offset + place.Length!.Value;
            }
        }
    }

    [Fact]
    public void Reading_back_what_was_written_and_writing_it_again_changes_nothing()
    {
        foreach (var name in new[] { "llama-2-7b", "gpt-oss-20b", "deepseek-v2-lite", "gemma-2-9b", "chatglm3-6b" })
        {
            var bytes = OnnxWriter.ToBytes(Build(name, "config").Model);
            var errors = new InputErrors();
            var read = OnnxReader.Read(bytes, name, errors);
            errors.ThrowIfAny();
            Assert.Equal(bytes, OnnxWriter.ToBytes(read!));
        }
    }

    [Fact]
    public void The_cache_of_a_graph_holds_what_the_figures_say()
    {
        foreach (var name in Shipped.Names)
        {
            var (model, figures) = Build(name, "config");
            var perToken = model.Graph.Inputs
                .Where(i => i.Name.StartsWith("past_key_values.", StringComparison.Ordinal))
                .Sum(i => i.Dimensions!.Aggregate(1L, (product, d) => product * (d.Value ?? 1)));
            Assert.Equal(figures.KvElementsPerToken, perToken);
        }
    }

    [Fact]
    public void Metadata_names_family_context_and_source()
    {
        var metadata = Build("deepseek-v3", "config").Model.Metadata.ToDictionary();
        Assert.Equal("deepseek_v3", metadata[ModelMetadata.Family]);
        Assert.Equal("163840", metadata[ModelMetadata.MaxContextTokens]);
        Assert.StartsWith("DeepSeek-V3 paper", metadata[ModelMetadata.Source], StringComparison.Ordinal);
        Assert.Contains(metadata, m => m.Key.StartsWith(ModelMetadata.NotePrefix, StringComparison.Ordinal) && m.Value.Contains("n_group", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(NumberFormat.Fp32, OnnxElementType.Float)]
    [InlineData(NumberFormat.Fp16, OnnxElementType.Float16)]
    [InlineData(NumberFormat.Bf16, OnnxElementType.BFloat16)]
    public void Activations_decide_the_type_of_weights_cache_and_logits(NumberFormat format, OnnxElementType type)
    {
        var graph = Config.Build(Config.TinyLlama, new BuildOptions { Activations = format }).Graph;
        Assert.All(graph.Initializers, w => Assert.Equal(type, w.ElementType));
        Assert.All(graph.Outputs, o => Assert.Equal(type, o.ElementType));
        Assert.All(graph.Inputs.Skip(2), i => Assert.Equal(type, i.ElementType));
    }

    [Fact]
    public void Quantised_matrices_round_their_reduction_up_to_whole_blocks()
    {
        var graph = Config.Build(Config.With(Config.TinyLlama, "intermediate_size", "100"), new BuildOptions { Weights = NumberFormat.Int4 }).Graph;
        var down = graph.Nodes.Single(n => n.Name == "/model/layers.0/mlp/down_proj/MatMul_Q4");
        Assert.Equal((100, 64, 4, 32), (Config.Int(down, "K"), Config.Int(down, "N"), Config.Int(down, "bits"), Config.Int(down, "block_size")));
        var weights = graph.Initializers.Single(i => i.Name == down.Inputs[1]);
        Assert.Equal([64, 4, 16], weights.Dimensions); // 4 blocks of 32 cover 100
        Assert.Equal([64, 4], graph.Initializers.Single(i => i.Name == down.Inputs[2]).Dimensions);
    }

    [Theory]
    [InlineData("""{ "quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": true }""", true)]
    [InlineData("""{ "quant_method": "gptq", "bits": 4, "group_size": 128, "sym": true }""", false)]
    public void Group_quantised_checkpoints_keep_their_groups_and_leave_the_head_alone(string quantisation, bool zeroPoints)
    {
        var graph = Config.Build(Config.With(Config.TinyLlama, "quantization_config", quantisation)).Graph;
        var node = graph.Nodes.First(n => n.OpType == "MatMulNBits");
        Assert.Equal(128, Config.Int(node, "block_size"));
        Assert.Equal(zeroPoints ? 4 : 3, node.Inputs.Count);
        Assert.Equal("MatMul", graph.Nodes.Single(n => n.Outputs.Contains("logits")).OpType);
    }

    [Fact]
    public void Quantisation_that_a_graph_cannot_show_is_noted()
    {
        var fp8 = Config.With(Config.TinyLlama, "quantization_config", """{ "quant_method": "fp8" }""");
        Assert.Equal(
            "The checkpoint's fp8 quantisation (quantization_config) is not in the graph, whose matrices are fp16.",
            Config.Build(fp8).Metadata.Single(m => m.Key == ModelMetadata.NotePrefix + "1").Value);
        Assert.Equal(3, Config.Build(fp8, new BuildOptions { Weights = NumberFormat.Int4 }).Metadata.Count);
    }

    [Fact]
    public void Published_gpt_oss_weights_take_a_little_over_four_bits_in_the_experts_only()
    {
        var graph = Build("gpt-oss-20b", "config").Model.Graph;
        var experts = graph.Nodes.First(n => n.OpType == "QMoE");
        var scales = graph.Initializers.Single(i => i.Name == experts.Inputs[3]);
        Assert.Equal(OnnxElementType.Float8E8M0, scales.ElementType);
        Assert.Equal([32, 5760, 90], scales.Dimensions);
        Assert.DoesNotContain(graph.Nodes, n => n.OpType == "MatMulNBits");
        Assert.Contains(Build("gpt-oss-20b", "fp16").Model.Graph.Nodes, n => n.OpType == "MoE");
    }

    [Fact]
    public void A_tied_head_reads_the_embedding_itself()
    {
        var graph = Config.Build(Config.With(Config.TinyLlama, "tie_word_embeddings", "true")).Graph;
        Assert.Equal(2, graph.Nodes.Count(n => n.Inputs.Contains("model.embed_tokens.weight")));
        Assert.DoesNotContain(graph.Initializers, i => i.Name.StartsWith("lm_head", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mistral-7b", "4096 x 32")]
    [InlineData("mistral-7b-v0.3", "-1 x 32")]
    [InlineData("gemma-2-9b", "4096 x 21, -1 x 21")]
    [InlineData("gpt-oss-20b", "128 x 12, -1 x 12")]
    [InlineData("phi-3-mini", "2047 x 32")]
    [InlineData("qwen2.5-7b", "-1 x 28")]
    public void Windows_are_where_the_model_has_them(string name, string expected)
    {
        var windows = Build(name, "config").Model.Graph.Nodes.Where(n => n.OpType == "GroupQueryAttention").GroupBy(n => Config.Int(n, "local_window_size"));
        Assert.Equal(expected, string.Join(", ", windows.Select(g => $"{Config.Shown(g.Key)} x {Config.Shown(g.Count())}")));
    }

    private static (OnnxModel Model, ModelFigures Figures) Build(string name, string format)
    {
        var errors = new InputErrors();
        var config = HfConfig.Read(Shipped.ConfigPath(name), errors)!;
        NumberFormat? weights = NumberFormats.TryParse(format, out var parsed) ? parsed : null;
        var model = ModelBuilder.Build(config, new BuildOptions { Weights = weights }, errors);
        var figures = ModelBuilder.Figures(config, errors);
        errors.ThrowIfAny();
        return (model!, figures!);
    }
}
