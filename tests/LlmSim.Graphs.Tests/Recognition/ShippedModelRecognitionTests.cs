using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Recognition;

public class ShippedModelRecognitionTests
{
    /// <summary>Parameters and KV elements per token: published figures, see the models' papers and configurations.</summary>
    [Theory]
    [InlineData("llama-2-7b", 6_738_415_616, 262_144, 32, 1)]
    [InlineData("llama-2-13b", 13_015_864_320, 409_600, 40, 1)]
    [InlineData("llama-2-70b", 68_976_648_192, 163_840, 80, 1)]
    [InlineData("llama-3.1-8b", 8_030_261_248, 65_536, 32, 1)]
    [InlineData("llama-3.1-70b", 70_553_706_496, 163_840, 80, 1)]
    [InlineData("mistral-7b", 7_241_732_096, 65_536, 32, 1)]
    [InlineData("mixtral-8x7b", 46_702_792_704, 65_536, 32, 1)]
    [InlineData("qwen3-8b", 8_190_735_360, 73_728, 36, 1)]
    [InlineData("qwen3-30b-a3b", 30_532_122_624, 49_152, 48, 1)]
    [InlineData("deepseek-v3", 671_026_419_200, 35_136, 61, 2)]
    [InlineData("gpt-oss-20b", 20_914_757_184, 24_576, 24, 2)]
    [InlineData("gpt-oss-120b", 116_829_156_672, 36_864, 36, 2)]
    [InlineData("gpt-2", 124_439_808, 18_432, 12, 1)]
    [InlineData("opt-6.7b", 6_658_473_984, 262_144, 32, 1)]
    [InlineData("gpt-j-6b", 6_050_882_784, 229_376, 28, 1)]
    [InlineData("chatglm3-6b", 6_243_584_000, 14_336, 28, 1)]
    public void Graphs_of_our_builder_are_understood_completely(string name, double parameters, double kvElements, int layers, int kinds)
    {
        var model = Recognised.Shipped(name);
        Recognised.AssertSound(model);
        Assert.Equal(1, model.Coverage);
        Assert.DoesNotContain(model.Notes, n => n.Contains("not known", StringComparison.Ordinal));
        Assert.Equal(parameters, model.Parameters);
        Assert.Equal(kvElements, model.KvElementsPerToken);
        Assert.Equal(layers, model.LayerCount);
        Assert.Equal(kinds, model.LayerGroups.Count);
    }

    [Fact]
    public void Every_shipped_graph_is_sound_and_understood_completely()
    {
        foreach (var file in Directory.GetFiles(Repository.Path("models"), "*.onnx").Order(StringComparer.Ordinal))
        {
            var model = Recognised.File(file);
            Recognised.AssertSound(model);
            Assert.True(model.Coverage == 1 && !model.Notes.Any(n => n.Contains("not known", StringComparison.Ordinal)), $"{file}: {model.Coverage} {string.Join("; ", model.Notes)}");
        }
    }

    [Fact]
    public void Operators_carry_the_names_of_the_field()
    {
        Assert.Equal(
            ["attn_norm", "qkv_proj", "attention", "o_proj", "attn_add", "mlp_norm", "gate_proj", "up_proj", "mlp_act", "down_proj", "mlp_add"],
            Recognised.Shipped("llama-2-7b").LayerGroups[0].Operators.Select(o => o.Name));
        Assert.Equal(
            ["attn_norm", "q_proj", "q_norm", "k_proj", "k_norm", "v_proj", "attention", "o_proj", "attn_add", "mlp_norm", "router", "experts", "mlp_add"],
            Recognised.Shipped("qwen3-30b-a3b").LayerGroups[0].Operators.Select(o => o.Name));
        Assert.Equal(
            ["attn_norm", "qkv_proj", "attention", "o_proj", "attn_post_norm", "attn_add", "mlp_norm", "gate_proj", "up_proj", "mlp_act", "down_proj", "mlp_post_norm", "mlp_add"],
            Recognised.Shipped("gemma-2-9b").LayerGroups[0].Operators.Select(o => o.Name));
        Assert.Equal(
            ["attn_norm", "qkv_proj", "attention", "o_proj", "up_proj", "mlp_act", "down_proj", "attn_add", "mlp_add"],
            Recognised.Shipped("gpt-j-6b").LayerGroups[0].Operators.Select(o => o.Name));
        var deepseek = Recognised.Shipped("deepseek-v3");
        Assert.Equal(
            [
                "attn_norm", "q_a_proj", "q_a_norm", "q_b_proj", "q_rotary", "kv_a_proj", "kv_norm", "k_rotary", "attention", "o_proj", "attn_add", "mlp_norm",
                "router", "experts", "shared_gate_proj", "shared_up_proj", "shared_act", "shared_down_proj", "moe_add", "mlp_add",
            ],
            deepseek.LayerGroups[1].Operators.Select(o => o.Name));
        Assert.Equal(["final_norm", "lm_head"], deepseek.Epilogue!.Operators.Select(o => o.Name));
        Assert.Equal(["embedding"], deepseek.Prologue!.Operators.Select(o => o.Name));
    }

    [Fact]
    public void Layers_with_and_without_window_alternate_in_groups()
    {
        var model = Recognised.Shipped("gpt-oss-120b");
        Assert.Equal([128], model.Windows);
        Assert.Equal(["layer (window 128)", "layer (full attention)"], model.LayerGroups.Select(g => g.Name));
        Assert.All(model.LayerGroups[0].Layers, l => Assert.Equal(0, l % 2));
        Assert.Equal(18, model.LayerGroups[1].Count);
        var sinks = (Attention)model.LayerGroups[0].Operators.Single(o => o.Name == "attention").Spec;
        Assert.True(sinks is { Sinks: true, Window: 128, WindowSlot: 0, Heads: 64, KvHeads: 8, HeadDim: 64 });
    }

    [Fact]
    public void Active_parameters_follow_the_experts_chosen()
    {
        // onnx: Mixtral 12.88 B, DeepSeek-V3 37.55 B, Qwen3-30B-A3B 3.35 B, gpt-oss-120b 5.71 B active.
        Assert.Equal(12.88, Active("mixtral-8x7b"), 2);
        Assert.Equal(37.55, Active("deepseek-v3"), 2);
        Assert.Equal(3.35, Active("qwen3-30b-a3b"), 2);
        Assert.Equal(5.71, Active("gpt-oss-120b"), 2);

        static double Active(string name) => Recognised.Shipped(name).Groups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec switch
        {
            MixtureOfExperts e => e.Parameters * e.ExpertsPerToken / e.Experts,
            _ => o.Spec.Parameters,
        })) / 1e9;
    }

    [Fact]
    public void A_tied_head_reads_the_embedding_but_holds_no_weights()
    {
        var model = Recognised.Shipped("gpt-2");
        var head = model.Epilogue!.Operators.Single(o => o.Name == "lm_head").Spec;
        Assert.True(head is Linear { SharedWeights: true, Parameters: 0 });
        Assert.Equal(768.0 * 50257 * 2, head.Work(BatchShape.UniformDecode(1, 10), Precision.Fp16).WeightBytes);
    }

    [Fact]
    public void The_head_computes_only_what_is_sampled()
    {
        var head = Recognised.Shipped("llama-2-7b").Epilogue!;
        var batch = BatchShape.UniformPrefill(2, 100);
        Assert.Equal(2.0 * 2 * 4096 * 32000, head.Operators.Single(o => o.Name == "lm_head").Spec.Work(batch, Precision.Fp16).MatrixFlops);
        Assert.Equal(2.0 * 32000, head.Values[head.OutputValue].Elements(batch));
        Assert.Equal(200.0 * 4096, head.Values[0].Elements(batch));
    }
}
