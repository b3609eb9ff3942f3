using LlmSim.Execution.Memory;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Parallelism;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Execution.Tests.Plans;

public class PipelinePlannerTests
{
    [Fact]
    public void Placed_micro_batches_are_as_long_as_the_closed_form_folded_or_not() => Check.ForSeeds(40, random =>
    {
        var model = RandomModel.Model(random);
        var stages = 1 + random.NextInt(Math.Min(4, model.LayerCount));
        var micro = 1 + random.NextInt(6);
        var planner = new PipelinePlanner(model, stages, micro, Precision.Fp16, SampleDevices.Round, Roofline.A100);
        var batch = BatchShape.UniformDecode(1 + random.NextInt(32), random.NextInt(2000), planner.Needs);
        var durations = new long[stages, micro];
        for (var s = 0; s < stages; s++)
            for (var m = 0; m < micro; m++) durations[s, m] = new CompiledStepCost(planner.Models[s], Precision.Fp16, Roofline.A100).Picoseconds(batch);
        var plan = planner.Plan(batch);
        var (folded, unfolded) = (Scheduler.Run(plan), Scheduler.Run(plan, fold: false));
        Assert.Equal(new PipelineSchedule(durations).Length, unfolded.Picoseconds);
        Assert.Equal(unfolded.Picoseconds, folded.Picoseconds);
        for (var place = 0; place < plan.Order.Count; place++)
            for (var a = 0; a < plan.Sections[plan.Order[place]].Activities.Count; a++)
                Assert.Equal(unfolded.Start(place, a), folded.Start(place, a));
        // Each stage is busy for its own share of the pass.
        Assert.Equal(plan.Order.Count, micro * planner.PlacesPerStage.Sum());
    });

    [Fact]
    public void One_stage_and_one_micro_batch_is_the_plain_pass()
    {
        var batch = BatchShape.UniformDecode(8, 1000);
        var plain = Scheduler.Run(new PassPlanner(SampleModels.Llama7B, Precision.Fp16, SampleDevices.Round, Roofline.A100).Plan(batch));
        var pipeline = Scheduler.Run(new PipelinePlanner(SampleModels.Llama7B, 1, 1, Precision.Fp16, SampleDevices.Round, Roofline.A100).Plan(batch));
        Assert.Equal(plain.Picoseconds, pipeline.Picoseconds);
        Assert.Equal(MemoryCurve.Of(plain)[0].PeakBytes, MemoryCurve.Of(pipeline)[0].PeakBytes);
    }

    [Fact]
    public void Each_stage_holds_its_layers_and_the_cache_of_all_micro_batches()
    {
        var batch = BatchShape.UniformDecode(8, 1000);
        var planner = new PipelinePlanner(SampleModels.Llama7B, 4, 3, Precision.Fp16, SampleDevices.Round, Roofline.A100);
        var plan = planner.Plan(batch);
        Assert.Equal(4, plan.Tiers.Count);
        Assert.Equal(SampleModels.Llama7B.WeightBytes(Precision.Fp16), plan.Residents.Where(r => r.Name == "weights").Sum(r => r.Bytes), 0);
        Assert.Equal(3 * SampleModels.Llama7B.KvElementsPerToken * 2 * 8 * 1001, plan.Residents.Where(r => r.Name == "KV cache").Sum(r => r.Bytes), 0);
    }
}
