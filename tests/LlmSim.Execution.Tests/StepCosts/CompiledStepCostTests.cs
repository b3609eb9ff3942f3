using LlmSim.Execution.Passes;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Execution.Tests.StepCosts;

public class CompiledStepCostTests
{
    [Fact]
    public void Equals_the_sum_of_rounded_operator_times_on_random_models_and_batches() => Check.ForSeeds(200, random =>
    {
        var model = RandomModel.Model(random);
        var cost = new CompiledStepCost(model, Precision.Fp16, Roofline.A100);
        for (var i = 0; i < 12; i++)
        {
            var batch = RandomModel.Batch(random, cost.Needs);
            long expected = 0;
            foreach (var group in model.Groups)
                for (var layer = 0; layer < group.Count; layer++)
                    foreach (var step in group.Operators)
                    {
                        var work = step.Spec.Work(batch, Precision.Fp16);
                        expected += (long)Math.Round(Roofline.A100.Time(step.Spec, work, batch, Precision.Fp16).Seconds * 1e12);
                    }

            Assert.Equal(expected, cost.Picoseconds(batch));
            // Again, from the memo.
            Assert.Equal(expected, cost.Picoseconds(batch));
            Assert.Equal((expected + 500) / 1000, cost.Nanoseconds(batch));
        }
    });

    [Fact]
    public void Batches_beyond_the_memo_cost_what_they_cost()
    {
        var model = RandomModel.Model(new Kernel.Chance.RandomStream(5));
        var cost = new CompiledStepCost(model, Precision.Fp16, Roofline.A100);
        foreach (var tokens in new[] { 1, 511, 512, 513, 5000, (1 << 16) - 1, 1 << 16, (1 << 16) + 1 })
        {
            var batch = BatchShape.UniformPrefill(1, tokens, cost.Needs, allLogits: true);
            var rows = ForwardPass.Run(model, batch, Precision.Fp16, Roofline.A100).Rows;
            Assert.Equal(rows.Sum(r => r.Count * (long)Math.Round(r.Time.Seconds * 1e12)), cost.Picoseconds(batch));
        }
    }

    [Fact]
    public void An_empty_batch_takes_no_time()
    {
        var cost = new CompiledStepCost(RandomModel.Model(new Kernel.Chance.RandomStream(1)), Precision.Fp16, Roofline.A100);
        Assert.Equal(0, cost.Nanoseconds(default));
    }

    [Fact]
    public void A_decode_batch_allocates_nothing()
    {
        var cost = new CompiledStepCost(RandomModel.Model(new Kernel.Chance.RandomStream(2)), Precision.Fp16, Roofline.A100);
        var batch = BatchShape.UniformDecode(64, 1000, cost.Needs);
        var sum = cost.Nanoseconds(batch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) sum += cost.Nanoseconds(batch);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(sum > 0);
    }
}
