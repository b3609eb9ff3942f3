using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using Sharing = LlmSim.Execution.Parallelism.Parallelism;

namespace LlmSim.Execution.Tests.Parallelism;

public class ParallelismTests
{
    private static readonly LanguageModel s_mixture = SampleModels.Mixture(512, 3, 8, 8, 64, 4, 256, 1000);

    [Fact]
    public void Whole_experts_in_a_tensor_parallel_group_need_no_collective_more_than_divided_ones()
    {
        var divided = TensorParallel.Shard(s_mixture, 4);
        var spread = TensorParallel.Shard(s_mixture, 4, spreadExperts: true);
        Assert.Equal(
            divided.LayerGroups.Single().Operators.Select(o => (o.Name, o.Spec is Collective)), spread.LayerGroups.Single().Operators.Select(o => (o.Name, o.Spec is Collective)));
        // The same weights and the same arithmetic, cut the other way.
        Assert.Equal(divided.WeightBytes(Precision.Fp16), spread.WeightBytes(Precision.Fp16), 0);
        var batch = BatchShape.UniformDecode(64, 100);
        static OperatorWork Experts(LanguageModel model, BatchShape b) => model.LayerGroups.Single().Operators.Single(o => o.Spec is MixtureOfExperts).Spec.Work(b, Precision.Fp16);
        Assert.Equal(Experts(divided, batch).MatrixFlops, Experts(spread, batch).MatrixFlops, 0);
        Assert.Equal(Experts(divided, batch).WeightBytes, Experts(spread, batch).WeightBytes, 0);
    }

    [Fact]
    public void Devices_are_counted_once()
    {
        Assert.Equal(1, Sharing.None.Devices);
        Assert.Equal(8, new Sharing(Tensor: 4, Pipeline: 2).Devices);
        Assert.Equal(4, new Sharing(Tensor: 4, Expert: 4).Devices);
        Assert.Equal(16, new Sharing(Expert: 8, DataParallelAttention: true, Pipeline: 2).Devices);
    }

    [Theory]
    [InlineData(3, 1, 1, false, ParallelKind.Tensor)]
    [InlineData(1, 4, 1, false, ParallelKind.Pipeline)]
    [InlineData(4, 1, 2, false, ParallelKind.Expert)]
    [InlineData(1, 1, 7, true, ParallelKind.Expert)]
    [InlineData(2, 1, 2, true, ParallelKind.Tensor)]
    [InlineData(1, 1, 1, true, ParallelKind.Expert)]
    public void What_cannot_be_shared_so_is_named(int tensor, int pipeline, int expert, bool data, ParallelKind kind)
    {
        var obstacles = new Sharing(tensor, pipeline, expert, data).Obstacles(s_mixture);
        Assert.NotEmpty(obstacles);
        Assert.All(obstacles, o => Assert.Equal(kind, o.Kind));
    }

    [Fact]
    public void Data_parallel_devices_have_the_whole_attention()
    {
        var rank = new Sharing(Expert: 8, DataParallelAttention: true).Shard(s_mixture);
        Assert.Equal(s_mixture.KvElementsPerToken, rank.KvElementsPerToken);
        Assert.Equal(2, rank.LayerGroups.Single().Operators.Count(o => o.Spec is Collective { Kind: CollectiveKind.AllToAll }));
    }
}
