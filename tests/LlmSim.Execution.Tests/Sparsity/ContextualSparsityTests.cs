using LlmSim.Execution.Sparsity;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Tests.Sparsity;

public class ContextualSparsityTests
{
    [Fact]
    public void Feed_forward_layers_are_sparse_and_nothing_else_is()
    {
        var sparse = ContextualSparsity.Apply(SampleModels.Llama7B, 0.1);
        Assert.Equal(
            ["down_proj", "gate_proj", "mlp_act", "up_proj"],
            sparse.LayerGroups.Single().Operators.Where(o => o.Spec is SparseNeurons).Select(o => o.Name).Order(StringComparer.Ordinal));
        Assert.Equal(SampleModels.Llama7B.WeightBytes(Precision.Fp16), sparse.WeightBytes(Precision.Fp16));
        var opt = ContextualSparsity.Apply(SampleModels.Opt30B, 0.1);
        Assert.Equal(3, opt.LayerGroups.Single().Operators.Count(o => o.Spec is SparseNeurons));
    }

    [Fact]
    public void A_token_computes_with_its_neurons_and_a_batch_reads_those_of_all()
    {
        OperatorWork Work(LanguageModel model, int tokens) =>
            model.LayerGroups.Single().Operators.Single(o => o.Name == "down_proj").Spec.Work(BatchShape.UniformDecode(tokens, 100), Precision.Fp16);
        var sparse = ContextualSparsity.Apply(SampleModels.Llama7B, 0.1);
        foreach (var tokens in new[] { 1, 8, 64 })
        {
            var (some, all) = (Work(sparse, tokens), Work(SampleModels.Llama7B, tokens));
            Assert.Equal(0.1 * all.MatrixFlops, some.MatrixFlops, 0);
            Assert.Equal((1 - Math.Pow(0.9, tokens)) * all.WeightBytes, some.WeightBytes, 0);
            Assert.Equal(0.1 * all.ActivationReadBytes, some.ActivationReadBytes, 3);
            Assert.Equal(all.ActivationWriteBytes, some.ActivationWriteBytes, 3);
        }

        Assert.Equal(Work(SampleModels.Llama7B, 8), Work(ContextualSparsity.Apply(SampleModels.Llama7B, 1), 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => ContextualSparsity.Apply(SampleModels.Llama7B, 0));
    }
}
