using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Tests.Parallelism;

public class ExpertParallelTests
{
    private static readonly LanguageModel s_model = SampleModels.Mixture(512, 3, 8, 8, 64, 4, 256, 1000);

    [Fact]
    public void Devices_with_tokens_of_their_own_exchange_them_before_and_after_the_experts()
    {
        var rank = ExpertParallel.Shard(s_model, 8, ownTokens: true);
        var names = rank.LayerGroups.Single().Operators.Select(o => o.Name).ToList();
        Assert.Equal(["router", "experts_dispatch", "experts", "experts_combine", "mlp_add"], names.SkipWhile(n => n != "router"));

        // All devices together do what one device does with all their tokens, and each reads an eighth of the experts that those choose.
        var mine = BatchShape.UniformDecode(16, 100);
        var all = BatchShape.UniformDecode(8 * 16, 100);
        var (here, whole) = (Experts(rank).Work(mine, Precision.Fp16), Experts(s_model).Work(all, Precision.Fp16));
        Assert.Equal(whole.MatrixFlops / 8, here.MatrixFlops, 3);
        Assert.Equal(whole.WeightBytes / 8, here.WeightBytes, 3);
        Assert.Equal(Experts(s_model).Parameters / 8, Experts(rank).Parameters);
    }

    [Fact]
    public void Devices_with_the_same_tokens_add_their_parts()
    {
        var rank = ExpertParallel.Shard(s_model, 8, ownTokens: false);
        Assert.Contains(rank.LayerGroups.Single().Operators, o => o is { Name: "experts_all_reduce", Spec: Collective { Kind: CollectiveKind.AllReduce } });
        var batch = BatchShape.UniformDecode(16, 100);
        Assert.Equal(Experts(s_model).Work(batch, Precision.Fp16).MatrixFlops / 8, Experts(rank).Work(batch, Precision.Fp16).MatrixFlops, 3);
    }

    [Fact]
    public void What_cannot_be_spread_is_named()
    {
        Assert.Single(ExpertParallel.Obstacles(s_model, 7));
        Assert.Single(ExpertParallel.Obstacles(SampleModels.Llama7B, 2));
        Assert.Empty(ExpertParallel.Obstacles(s_model, 64));
    }

    private static OperatorSpec Experts(LanguageModel model) => model.LayerGroups.Single().Operators.Single(o => o.Name == "experts").Spec;
}
