using LlmSim.Execution.Parallelism;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Execution.Tests.StepCosts;

public class DataParallelStepCostTests
{
    [Fact]
    public void Devices_with_equal_parts_take_what_one_takes_for_its_part()
    {
        var one = new CompiledStepCost(SampleModels.Llama7B, Precision.Fp16, Roofline.A100);
        var four = new DataParallelStepCost(one, 4);
        Assert.Equal(one.Nanoseconds(BatchShape.UniformDecode(16, 700)), four.Nanoseconds(BatchShape.UniformDecode(64, 700)));
        Assert.Equal(one.Nanoseconds(BatchShape.UniformPrefill(3, 500)), four.Nanoseconds(BatchShape.UniformPrefill(12, 500)));
        // One sequence keeps one device busy; the others wait for it.
        Assert.True(four.Nanoseconds(BatchShape.UniformDecode(1, 700)) > 0);
        Assert.Equal(0, four.Nanoseconds(default));
    }

    [Fact]
    public void Stages_of_a_pipeline_stay_visible()
    {
        var stages = PipelineParallel.Stages(SampleModels.Llama7B, 2).Select(s => (IStepCost)new CompiledStepCost(s, Precision.Fp16, Roofline.A100));
        var pipeline = new PipelineStepCost(stages);
        var cost = new DataParallelStepCost(pipeline, 2);
        Assert.Equal(2, cost.Stages);
        Assert.Equal(pipeline.StageNanoseconds(1, BatchShape.UniformDecode(8, 100)), cost.StageNanoseconds(1, BatchShape.UniformDecode(16, 100)));
    }
}
