using LlmSim.Execution.Memory;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.Tests.Samples;

namespace LlmSim.Execution.Tests.Memory;

public class MemoryCurveTests
{
    [Fact]
    public void Peak_equals_a_brute_force_count_on_random_plans() => Check.ForSeeds(300, random =>
    {
        var plan = RandomPlan.Plan(random) with { Residents = [new ResidentBuffer("weights", 0, 1000), new ResidentBuffer("cold", 1, 70)] };
        var schedule = Scheduler.Run(plan);
        var curves = MemoryCurve.Of(schedule);
        for (var tier = 0; tier < 2; tier++)
        {
            var buffers = new List<(long Start, long End, double Bytes)>();
            for (var place = 0; place < plan.Order.Count; place++)
                foreach (var b in plan.Sections[plan.Order[place]].Buffers.Where(b => b.Tier == tier))
                    buffers.Add((schedule.Start(place, b.From), b.Until.Max(u => schedule.End(place, u)), b.Bytes));
            var resident = tier == 0 ? 1000 : 70;
            double At(long time) => resident + buffers.Where(b => b.Start <= time && time < b.End).Sum(b => b.Bytes);
            // The count changes only where a buffer begins or ends.
            var moments = buffers.SelectMany(b => new[] { b.Start, b.End }).Append(0).Distinct().Order().ToList();
            Assert.Equal(moments.Max(At), curves[tier].PeakBytes, 6);
            Assert.Equal(curves[tier].PeakBytes, At(curves[tier].PeakPicoseconds), 6);
            foreach (var (time, bytes) in curves[tier].Points) Assert.Equal(At(time), bytes, 6);
        }
    });

    [Fact]
    public void Allocators_round_every_buffer_up()
    {
        Assert.Equal(1024, AllocatorRounding.PyTorch.Occupied(513));
        Assert.Equal(512, AllocatorRounding.PyTorch.Occupied(512));
        Assert.Equal(0, AllocatorRounding.PyTorch.Occupied(0));
        Assert.Equal(2 << 20, AllocatorRounding.CudaPages.Occupied(1));
        Assert.Equal(513, AllocatorRounding.Exact.Occupied(513));
    }
}
