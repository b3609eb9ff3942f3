using LlmSim.Execution.Parallelism;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Execution.Tests.Parallelism;

public class PipelineTests
{
    [Theory]
    [InlineData(80, 4, new[] { 20, 20, 20, 20 })]
    [InlineData(10, 4, new[] { 2, 3, 3, 2 })]
    [InlineData(7, 4, new[] { 2, 2, 2, 1 })]
    [InlineData(3, 3, new[] { 1, 1, 1 })]
    [InlineData(5, 1, new[] { 5 })]
    public void Layers_are_spread_evenly(int layers, int stages, int[] expected) =>
        Assert.Equal(expected, PipelineParallel.LayersPerStage(layers, stages));

    [Fact]
    public void Stages_together_are_the_model()
    {
        var model = SampleModels.Llama70B;
        var stages = PipelineParallel.Stages(model, 3);
        Assert.Equal(model.Parameters, stages.Sum(s => s.Parameters));
        Assert.Equal(Enumerable.Range(0, 80), stages.SelectMany(s => s.LayerGroups).SelectMany(g => g.Layers));
        Assert.Equal([true, false, false], stages.Select(s => s.Prologue is not null));
        Assert.Equal(["send", "send", "head"], stages.Select(s => s.Epilogue!.Name));
        Assert.Throws<ArgumentException>(() => PipelineParallel.Stages(model, 81));
        Assert.Throws<ArgumentException>(() => PipelineParallel.Stages(model, 0));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(4, 8)]
    [InlineData(8, 3)]
    public void Equal_micro_batches_have_the_textbook_bubble(int stages, int microBatches)
    {
        var durations = new long[stages, microBatches];
        for (var s = 0; s < stages; s++)
            for (var m = 0; m < microBatches; m++) durations[s, m] = 1000;
        var schedule = new PipelineSchedule(durations);
        Assert.Equal(1000 * (microBatches + stages - 1), schedule.Length);
        Assert.Equal((stages - 1.0) / (microBatches + stages - 1), schedule.BubbleShare, 12);
    }

    [Fact]
    public void A_schedule_is_as_long_as_its_longest_path() => Check.ForSeeds(100, random =>
    {
        var durations = new long[1 + random.NextInt(5), 1 + random.NextInt(6)];
        for (var s = 0; s < durations.GetLength(0); s++)
            for (var m = 0; m < durations.GetLength(1); m++) durations[s, m] = random.NextInt(100);
        var schedule = new PipelineSchedule(durations);
        Assert.Equal(LongestTo(durations.GetLength(0) - 1, durations.GetLength(1) - 1), schedule.Length);
        Assert.Equal(0, schedule.Start(0, 0));

        long LongestTo(int s, int m) => s < 0 || m < 0 ? 0 : durations[s, m] + Math.Max(LongestTo(s - 1, m), LongestTo(s, m - 1));
    });

    [Fact]
    public void A_step_is_the_sum_of_its_stages()
    {
        var model = SampleModels.Llama7B;
        var stages = PipelineParallel.Stages(model, 4).Select(s => new CompiledStepCost(s, Precision.Fp16, Roofline.A100)).ToList();
        var pipeline = new PipelineStepCost(stages);
        var batch = BatchShape.UniformDecode(8, 500, pipeline.Needs);
        Assert.Equal(stages.Sum(s => s.Nanoseconds(batch)), pipeline.Nanoseconds(batch));
        Assert.Equal(stages[2].Nanoseconds(batch), pipeline.StageNanoseconds(2, batch));
        // More than the undivided model by the sends.
        Assert.True(pipeline.Nanoseconds(batch) > new CompiledStepCost(model, Precision.Fp16, Roofline.A100).Nanoseconds(batch));
    }
}
