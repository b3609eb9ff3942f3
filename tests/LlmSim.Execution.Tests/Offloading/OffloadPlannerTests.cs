using LlmSim.Execution.Memory;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Kernel.Chance;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Tests.Offloading;

public class OffloadPlannerTests
{
    private static readonly ITimeModel s_time = new IdealTimeModel(SampleDevices.Round);

    [Fact]
    public void Without_offloading_a_pass_takes_what_it_takes_compiled()
    {
        var policy = new OffloadPolicy { Name = "none" };
        var batch = BatchShape.UniformDecode(4, 500);
        var compiled = new CompiledStepCost(SampleModels.Llama7B, Precision.Fp16, s_time);
        Assert.Equal(compiled.Picoseconds(batch), Run(policy, batch).Picoseconds);
    }

    [Fact]
    public void Streamed_weights_take_the_link_s_time_when_computation_hides_behind_it_and_the_sum_when_nothing_overlaps()
    {
        var batch = BatchShape.UniformDecode(1, 100);
        var layerBytes = 2.0 * (4 * 4096 * 4096 + 3 * 4096 * 11008) + 2 * 2 * 4096;
        var link = 32 * (layerBytes / 25e9 + 10e-6);
        var compute = new CompiledStepCost(SampleModels.Llama7B, Precision.Fp16, s_time).Picoseconds(batch) * 1e-12;
        var overlapped = Run(OffloadPolicy.ZeroInference(onFlash: false), batch).Picoseconds * 1e-12;
        // The last layer and the head come after the last copy; the embedding before it hardly counts.
        Assert.InRange(overlapped, link, link + compute / 32 + 0.001);
        var alternating = Run(OffloadPolicy.ZeroInference(onFlash: false) with { PrefetchLayers = 0 }, batch).Picoseconds * 1e-12;
        Assert.InRange(alternating, (link + compute) * 0.999, (link + compute) * 1.02);
        // Pageable memory halves the link.
        var pageable = Run(OffloadPolicy.ZeroInference(onFlash: false) with { PrefetchLayers = 0, Pinned = false }, batch).Picoseconds * 1e-12;
        Assert.InRange(pageable, alternating + 0.95 * link, alternating + link);
    }

    [Fact]
    public void Large_batches_hide_the_copies_behind_computation()
    {
        var batch = BatchShape.UniformPrefill(64, 512);
        var streamed = Run(OffloadPolicy.ZeroInference(onFlash: false), batch).Picoseconds;
        var resident = new CompiledStepCost(SampleModels.Llama7B, Precision.Fp16, s_time).Picoseconds(batch);
        Assert.InRange((double)streamed / resident, 1, 1.03);
    }

    [Fact]
    public void Memory_holds_what_the_policy_says_and_buffers_for_what_is_in_flight()
    {
        var model = SampleModels.Llama7B;
        var batch = BatchShape.UniformDecode(1, 100);
        var curves = MemoryCurve.Of(Run(OffloadPolicy.ZeroInference(onFlash: false), batch));
        var layer = model.LayerGroups[0].Operators.Sum(o => o.Spec.WeightBytes(Precision.Fp16));
        var outside = model.WeightBytes(Precision.Fp16) - 32 * layer;
        Assert.Equal(32 * layer, curves[1].PeakBytes);
        // Two buffers: the layer that runs and the one that is fetched; and the KV cache.
        Assert.InRange(curves[0].PeakBytes, outside + 2 * layer, outside + 2 * layer + 101 * model.KvElementsPerToken * 2 + 1e6);
        // Copies that run ahead of computation fill as many buffers as there are.
        var prefill = BatchShape.UniformPrefill(64, 512);
        double Peak(int layers) => MemoryCurve.Of(Run(OffloadPolicy.ZeroInference(onFlash: false) with { PrefetchLayers = layers }, prefill))[0].PeakBytes;
        Assert.Equal(2 * layer, Peak(3) - Peak(1), 0);
    }

    [Fact]
    public void Attention_on_the_processor_beats_fetching_a_large_cache_and_loses_to_one_on_the_device()
    {
        var batch = BatchShape.UniformDecode(16, 4000);
        var fetched = new OffloadPolicy { Name = "fetch", KvCache = Shares.OnHost };
        var onCpu = fetched with { CpuAttention = true };
        Assert.True(Run(onCpu, batch).Picoseconds < Run(fetched, batch).Picoseconds);
        Assert.True(Run(new OffloadPolicy { Name = "none" }, batch).Picoseconds < Run(onCpu, batch).Picoseconds);
    }

    [Fact]
    public void Folded_equals_unfolded_for_random_policies_and_batches() => Check.ForSeeds(60, random =>
    {
        var policy = new OffloadPolicy
        {
            Name = "random",
            Weights = RandomShares(random),
            KvCache = RandomShares(random),
            ByLayer = random.NextInt(3) == 0,
            ActivationsOnHost = random.NextInt(2) == 0,
            PrefetchLayers = random.NextInt(4),
            Pinned = random.NextInt(2) == 0,
            CpuAttention = random.NextInt(2) == 0,
            BatchesPerBlock = 1 + random.NextInt(4),
        };
        var model = SampleModels.Llama("small", 256, 4 + random.NextInt(30), 4, 2, 512, 1000);
        var planner = new OffloadPlanner(model, Precision.Fp16, SampleDevices.Round, s_time, policy);
        var plan = planner.Plan(RandomModel.Batch(random, planner.Needs));
        Assert.Empty(plan.Problems());
        var (folded, plain) = (Scheduler.Run(plan), Scheduler.Run(plan, fold: false));
        Assert.Equal(plain.Picoseconds, folded.Picoseconds);
        var peaks = MemoryCurve.Of(plain).Select(c => c.PeakBytes);
        Assert.Equal(peaks, MemoryCurve.Of(folded).Select(c => c.PeakBytes));
    });

    [Fact]
    public void Impossible_policies_are_refused_with_everything_that_is_wrong()
    {
        var policy = new OffloadPolicy { Name = "wrong", Weights = new Shares(0.6, 0.6, 0), KvCache = new Shares(1.5, -0.5, 0), BatchesPerBlock = 0, PrefetchLayers = -1 };
        var error = Assert.Throws<PlanException>(() => Run(policy, BatchShape.UniformDecode(1, 1)));
        Assert.Equal(4, error.Problems.Count);
        Assert.Contains(error.Problems, p => p.Contains("120 %"));
        var alone = SampleDevices.Round with { Memories = [SampleDevices.Round.Memories[0]], Links = [] };
        error = Assert.Throws<PlanException>(() => new OffloadPlanner(SampleModels.Llama7B, Precision.Fp16, alone, s_time, OffloadPolicy.ZeroInference(false)));
        Assert.Equal(2, error.Problems.Count);
    }

    [Fact]
    public void A_window_of_neurons_saves_flash_reads_and_costs_memory()
    {
        var model = SampleModels.Llama7B;
        var batch = BatchShape.UniformDecode(1, 100);
        var feedForward = 32 * 2.0 * 3 * 4096 * 11008;
        Assert.Equal(["gate_proj", "up_proj", "down_proj"], FlashWindow.FeedForward(model.LayerGroups[0]).Select(o => o.Name));
        (double Seconds, double Bytes) With(FlashWindow? window)
        {
            var schedule = Run(new OffloadPolicy { Name = "flash", Weights = Shares.OnFlash, Window = window }, batch);
            return (schedule.Picoseconds * 1e-12, MemoryCurve.Of(schedule)[0].PeakBytes);
        }

        var (none, short5, long20) = (With(new FlashWindow(0.1, 0)), With(new FlashWindow(0.1, 5)), With(new FlashWindow(0.1, 20)));
        Assert.Equal(0.1 * Math.Pow(0.9, 5), new FlashWindow(0.1, 5).ReadShare(1), 12);
        Assert.InRange(none.Seconds, 0.1 * feedForward / 4e9, 0.1 * feedForward / 4e9 * 1.1);
        Assert.True(With(null).Seconds > 9 * none.Seconds && none.Seconds > short5.Seconds && short5.Seconds > long20.Seconds);
        Assert.Equal((Math.Pow(0.9, 5) - Math.Pow(0.9, 20)) * feedForward, long20.Bytes - short5.Bytes, 0.01 * feedForward);
        Assert.Single(new OffloadPolicy { Name = "wrong", Window = new FlashWindow(0, 5) }.Problems());
    }

    private static Shares RandomShares(RandomStream random)
    {
        var device = random.NextInt(11);
        var host = random.NextInt(11 - device);
        return new Shares(device / 10.0, host / 10.0, (10 - device - host) / 10.0);
    }

    private static PassSchedule Run(OffloadPolicy policy, BatchShape batch) =>
        Scheduler.Run(new OffloadPlanner(SampleModels.Llama7B, Precision.Fp16, SampleDevices.Round, s_time, policy).Plan(batch));
}
