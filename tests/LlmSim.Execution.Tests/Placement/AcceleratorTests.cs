using LlmSim.Execution.Collectives;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;
using Xunit.Abstractions;

namespace LlmSim.Execution.Tests.Placement;

/// <summary>The survey's claims on in-memory units and an LPU, on the shipped hardware files.</summary>
public class AcceleratorTests(ITestOutputHelper output)
{
    [Fact]
    public void A_GPU_with_HBM_PIM_for_its_KV_cache_gains_on_batched_decode()
    {
        // Reported: 3.24 times (survey, section on in-memory units). The units see four times the external bandwidth, so 4 is the bound.
        var device = HardwareFile.Load(Repository.Path("hardware/a100-hbm-pim.json"));
        var time = new IdealTimeModel(device);
        var int4 = new Precision(new WeightFormat(NumberFormat.Int4, 128, 16), NumberFormat.Fp16, NumberFormat.Fp16);
        double Gain(int batch, int context, Precision precision)
        {
            var shape = BatchShape.UniformDecode(batch, context);
            double Length(IPlacementPolicy placement)
            {
                var plan = new PassPlanner(SampleModels.Llama7B, precision, device, time, new PassOptions { Placement = placement }).Plan(shape);
                var schedule = Scheduler.Run(plan);
                Assert.True(MemoryCurve.Of(schedule)[0].PeakBytes <= device.MainMemory.CapacityBytes);
                return schedule.Picoseconds;
            }

            var gain = Length(PlacementPolicies.Device) / Length(PlacementPolicies.InMemoryAttention);
            output.WriteLine($"batch {batch}, context {context}, weights {precision.Weights!.Value.Format}: {gain:0.00}×");
            return gain;
        }

        var gains = new[] { Gain(1, 1024, Precision.Fp16), Gain(16, 1024, Precision.Fp16), Gain(29, 1024, Precision.Fp16), Gain(48, 1000, int4) };
        Assert.Equal(gains, gains.Order());
        Assert.InRange(gains[^1], 2.3, 4);
    }

    [Fact]
    public void An_LPU_class_machine_reaches_the_reported_70B_rate()
    {
        // Reported: over 300 tokens/s for one user of Llama-2-70B. Here: one layer on each group of eight chips, eighty groups in a row, fp16.
        var device = HardwareFile.Load(Repository.Path("hardware/groq-lpu.json"));
        var time = new CollectiveTimeModel(new IdealTimeModel(device), Topology.Of(device)!.Value);
        var stages = PipelineParallel.Stages(TensorParallel.Shard(SampleModels.Llama70B, 8), 80);
        var pipeline = new PipelineStepCost(stages.Select(s => new CompiledStepCost(s, Precision.Fp16, time)));
        var seconds = pipeline.Nanoseconds(BatchShape.UniformDecode(1, 1024, pipeline.Needs)) * 1e-9;
        output.WriteLine($"{1 / seconds:0} tokens/s, {seconds * 1e3:0.000} ms a token, on {8 * stages.Count} chips");
        Assert.True(1 / seconds > 300);
        var layer = stages[1].WeightBytes(Precision.Fp16);
        Assert.True(layer < device.MainMemory.CapacityBytes, $"a stage has {layer / 1e6} MB");
    }
}
