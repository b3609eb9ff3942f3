using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Tests.Parallelism;

public class TensorParallelTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Devices_share_a_llama_evenly_with_two_all_reduces_a_layer(int ranks)
    {
        var model = SampleModels.Llama70B;
        var rank = TensorParallel.Shard(model, ranks);
        var layer = rank.LayerGroups.Single();

        Assert.Equal(
            ["attention_norm", "q_proj", "k_proj", "v_proj", "attention", "o_proj", "o_proj_all_reduce", "attention_add", "mlp_norm", "gate_proj", "up_proj",
                "mlp_act", "down_proj", "down_proj_all_reduce", "mlp_add"],
            layer.Operators.Select(o => o.Name));
        Assert.Equal(new Linear(8192, 28672 / ranks, false, new(NumberFormat.Fp16)), Spec(layer, "gate_proj"));
        Assert.Equal(new Linear(28672 / ranks, 8192, false, new(NumberFormat.Fp16)), Spec(layer, "down_proj"));
        Assert.Equal(new Attention(64 / ranks, 8 / ranks, 128, 128) { RotaryDims = 128 }, Spec(layer, "attention"));
        Assert.Equal(new Collective(CollectiveKind.AllReduce, 8192, ranks), Spec(layer, "o_proj_all_reduce"));
        Assert.Equal(["embed_tokens", "embed_tokens_all_reduce"], rank.Prologue!.Operators.Select(o => o.Name));
        Assert.Equal(["final_norm", "lm_head", "lm_head_all_gather"], rank.Epilogue!.Operators.Select(o => o.Name));

        // Everything but norms is divided exactly.
        var batch = BatchShape.UniformDecode(3, 100);
        Assert.Equal(Matrix(model, batch) / ranks, Matrix(rank, batch));
        Assert.Equal(model.KvElementsPerToken / ranks, rank.KvElementsPerToken);
        var norms = model.Groups.Sum(g => g.Count * g.Operators.Where(o => o.Spec is Norm).Sum(o => o.Spec.Parameters));
        Assert.Equal((model.Parameters - norms) / ranks + norms, rank.Parameters);
    }

    [Fact]
    public void KV_heads_are_replicated_one_to_a_device_when_there_are_fewer()
    {
        var rank = TensorParallel.Shard(SampleModels.Llama70B, 32).LayerGroups.Single();
        Assert.Equal(new Attention(2, 1, 128, 128) { RotaryDims = 128 }, Spec(rank, "attention"));
        Assert.Equal(128, ((Linear)Spec(rank, "k_proj")).Outputs);
        Assert.Equal(256, ((Linear)Spec(rank, "q_proj")).Outputs);
    }

    [Fact]
    public void Packed_projections_and_biases_are_divided_by_role()
    {
        var rank = TensorParallel.Shard(SampleModels.Opt30B, 4).LayerGroups.Single();
        Assert.Equal(3 * 7168 / 4, ((Linear)Spec(rank, "qkv_proj")).Outputs);
        Assert.Equal(28672 / 4, ((Linear)Spec(rank, "fc2")).Inputs);
        Assert.Equal(2, rank.Operators.Count(o => o.Spec is Collective));
        // Grouped heads: 8 query heads and 2 KV heads on 4 devices keep one KV head each.
        var grouped = TensorParallel.Shard(SampleModels.Mixture(512, 2, 8, 2, 8, 2, 256, 1000), 4).LayerGroups.Single();
        Assert.Equal((2 + 2) * 64, ((Linear)Spec(grouped, "qkv_proj")).Outputs);
        Assert.Equal(64, ((MixtureOfExperts)Spec(grouped, "experts")).Intermediate);
        Assert.Equal(8, ((Router)Spec(grouped, "router")).Experts);
    }

    [Fact]
    public void Sums_that_are_added_up_are_reduced_once()
    {
        // Parallel attention and MLP (GPT-J): both end in row-split matrices whose results are added before the residual.
        var fp16 = new WeightFormat(NumberFormat.Fp16);
        var g = new SampleModels.Builder();
        var x = g.Value("x", 64);
        var n = g.Add("norm", new Norm(NormKind.Layer, 64), 64, x);
        var qkv = g.Add("qkv_proj", new Linear(64, 192, false, fp16), 192, n);
        var a = g.Add("attention", new Attention(4, 4, 16, 16), 64, qkv);
        var o = g.Add("o_proj", new Linear(64, 64, false, fp16), 64, a);
        var up = g.Add("fc1", new Linear(64, 256, true, fp16), 256, n);
        var act = g.Add("act", ElementWise.Activation(256, ActivationFunction.Gelu), 256, up);
        var down = g.Add("fc2", new Linear(256, 64, true, fp16), 64, act);
        var sum = g.Add("parallel_add", ElementWise.Add(64), 64, o, down);
        var result = g.Add("add", ElementWise.Add(64), 64, x, sum);
        var model = new LanguageModel { Name = "parallel", LayerGroups = [g.Build("layer", [0, 1], result)], HiddenSize = 64 };
        var rank = TensorParallel.Shard(model, 2).LayerGroups.Single();
        Assert.Equal(["parallel_add_all_reduce"], rank.Operators.Where(o => o.Spec is Collective).Select(o => o.Name));
    }

    [Fact]
    public void Logits_that_are_capped_are_divided_too_and_gathered_at_the_end()
    {
        var model = SampleModels.Llama7B;
        var head = model.Epilogue!;
        var capped = model with
        {
            Epilogue = head with
            {
                Operators = [.. head.Operators, new Operator("softcap", new ElementWise(ElementWiseKind.Other, 32000, 32000, 3 * 32000, RowSource.SampledPositions), [2], [3])],
                Values = [.. head.Values, new ActivationValue("capped", 0, 32000)],
                OutputValue = 3,
            },
        };
        var rank = TensorParallel.Shard(capped, 2).Epilogue!;
        Assert.Equal(["final_norm", "lm_head", "softcap", "softcap_all_gather"], rank.Operators.Select(o => o.Name));
        Assert.Equal(16000, ((Linear)Spec(rank, "lm_head")).Outputs);
        Assert.Equal(16000, ((ElementWise)Spec(rank, "softcap")).Width);
        Assert.Equal(32000, ((Collective)Spec(rank, "softcap_all_gather")).ElementsPerRow);
    }

    [Fact]
    public void Obstacles_are_named_all_at_once()
    {
        Assert.Equal(["attention has 40 heads, which 16 devices cannot divide evenly"], TensorParallel.Obstacles(SampleModels.Llama13B, 16));
        Assert.Equal(2, TensorParallel.Obstacles(SampleModels.Mixture(512, 2, 8, 2, 8, 2, 250, 1000), 16).Count);
        Assert.Single(TensorParallel.Obstacles(SampleModels.Llama13B, 0));
        Assert.Throws<ArgumentException>(() => TensorParallel.Shard(SampleModels.Llama13B, 16));
        Assert.Same(SampleModels.Llama13B, TensorParallel.Shard(SampleModels.Llama13B, 1));
    }

    [Fact]
    public void Every_value_is_written_before_it_is_read()
    {
        foreach (var model in new[] { SampleModels.Llama70B, SampleModels.Opt30B, SampleModels.Mixture(512, 2, 8, 2, 8, 2, 256, 1000) })
            foreach (var group in TensorParallel.Shard(model, 2).Groups)
            {
                var written = new HashSet<int> { 0 };
                foreach (var step in group.Operators)
                {
                    Assert.All(step.Inputs, i => Assert.Contains(i, written));
                    written.UnionWith(step.Outputs);
                }

                Assert.Contains(group.OutputValue, written);
            }
    }

    private static OperatorSpec Spec(LayerGroup group, string name) => group.Operators.Single(o => o.Name == name).Spec;

    private static double Matrix(LanguageModel model, BatchShape batch) =>
        model.Groups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.Work(batch, Precision.Fp16).MatrixFlops));
}
