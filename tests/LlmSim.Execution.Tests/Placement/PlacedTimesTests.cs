using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;

namespace LlmSim.Execution.Tests.Placement;

public class PlacedTimesTests
{
    private static readonly Device s_device = HardwareFile.Load(Repository.Path("hardware/a100-hbm-pim.json"));

    [Fact]
    public void A_compiled_step_cost_equals_the_schedule_wherever_operators_run() => Check.ForSeeds(30, random =>
    {
        var onDevice = new IdealTimeModel(s_device);
        foreach (var policy in PlacementPolicies.All)
        {
            var compiled = new CompiledStepCost(SampleModels.Llama7B, Precision.Fp16, new PlacedTimes(onDevice, s_device, policy));
            var planner = new PassPlanner(SampleModels.Llama7B, Precision.Fp16, s_device, onDevice, new PassOptions { Placement = policy });
            var batch = RandomModel.Batch(random, planner.Needs);
            Assert.Equal(Scheduler.Run(planner.Plan(batch)).Picoseconds, compiled.Picoseconds(batch));
        }
    });

    [Fact]
    public void What_an_operator_uses_lies_where_it_runs()
    {
        var batch = BatchShape.UniformDecode(4, 1000);
        PassPlan Plan(IPlacementPolicy policy, BatchShape b) =>
            new PassPlanner(SampleModels.Llama7B, Precision.Fp16, s_device, new IdealTimeModel(s_device), new PassOptions { Placement = policy }).Plan(b);
        double Bytes(PassPlan plan, string what, int tier) => plan.Residents.Where(r => r.Name == what && r.Tier == tier).Sum(r => r.Bytes);
        var cache = SampleModels.Llama7B.KvElementsPerToken * 2 * 4 * 1001;
        var all = SampleModels.Llama7B.WeightBytes(Precision.Fp16);
        var linear = SampleModels.Llama7B.Groups.Sum(g => g.Count * g.Operators.Where(o => o.Spec is Linear).Sum(o => o.Spec.WeightBytes(Precision.Fp16)));

        var attention = Plan(PlacementPolicies.CpuAttention, batch);
        Assert.Equal((0, cache, all), (Bytes(attention, "KV cache", 0), Bytes(attention, "KV cache", 1), Bytes(attention, "weights", 0)));
        var linears = Plan(PlacementPolicies.CpuLinears, batch);
        Assert.Equal((cache, linear), (Bytes(linears, "KV cache", 0), Bytes(linears, "weights", 1)));
        Assert.Equal(all - linear, Bytes(linears, "weights", 0), 0);
        Assert.Equal(cache, Bytes(Plan(PlacementPolicies.InMemoryAttention, batch), "KV cache", 0));
        // A prompt is attended to on the device, and its keys and values go to the host's memory.
        var prompt = Plan(PlacementPolicies.CpuAttention, BatchShape.UniformPrefill(1, 100));
        Assert.DoesNotContain(prompt.Sections.SelectMany(s => s.Activities), a => prompt.Units[a.Unit] == "host processor");
        Assert.True(Bytes(prompt, "KV cache", 1) > 0);
    }

    [Fact]
    public void A_policy_whose_units_are_not_there_is_named()
    {
        var lpu = HardwareFile.Load(Repository.Path("hardware/groq-lpu.json"));
        foreach (var policy in PlacementPolicies.All)
        {
            Assert.Null(PlacedTimes.Obstacle(policy, s_device));
            Assert.Equal(policy.Needs == UnitKind.Device, PlacedTimes.Obstacle(policy, lpu) is null);
        }
    }
}
