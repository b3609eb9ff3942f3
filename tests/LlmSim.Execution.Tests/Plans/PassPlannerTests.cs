using System.Text.Json;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Kernel.Recording;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Tests.Plans;

public class PassPlannerTests
{
    private static readonly Roofline s_slow = new(1e9, 1e9);

    [Fact]
    public void One_stream_scheduled_equals_compiled_to_the_tick_on_random_models_and_batches() => Check.ForSeeds(150, random =>
    {
        var model = RandomModel.Model(random);
        var compiled = new CompiledStepCost(model, Precision.Fp16, Roofline.A100);
        var planner = new PassPlanner(model, Precision.Fp16, SampleDevices.Round, Roofline.A100);
        var scheduled = new ScheduledStepCost(planner);
        for (var i = 0; i < 5; i++)
        {
            var batch = RandomModel.Batch(random, planner.Needs);
            Assert.Equal(compiled.Picoseconds(batch), Scheduler.Run(planner.Plan(batch), fold: false).Picoseconds);
            Assert.Equal(compiled.Nanoseconds(batch), scheduled.Nanoseconds(batch));
            Assert.Equal(compiled.Nanoseconds(batch), scheduled.Nanoseconds(batch));
        }
    });

    [Fact]
    public void Peak_memory_of_one_stream_is_weights_cache_and_the_live_ranges_peak_on_random_models() => Check.ForSeeds(150, random =>
    {
        var model = RandomModel.Model(random);
        var planner = new PassPlanner(model, Precision.Fp16, SampleDevices.Round, s_slow);
        var batch = RandomModel.Batch(random, planner.Needs);
        var curve = MemoryCurve.Of(Scheduler.Run(planner.Plan(batch))).Single();
        Assert.Equal(ForwardPass.Run(model, batch, Precision.Fp16, s_slow).PeakMemoryBytes, curve.PeakBytes, 3);
    });

    [Fact]
    public void Streams_per_unit_lie_between_the_busiest_unit_and_one_after_another_on_random_models() => Check.ForSeeds(150, random =>
    {
        var model = RandomModel.Model(random);
        var options = new PassOptions { Streams = StreamUse.PerUnit };
        var planner = new PassPlanner(model, Precision.Fp16, SampleDevices.Round, new Roofline(1e12, 1e30), options);
        var batch = RandomModel.Batch(random, planner.Needs);
        var plan = planner.Plan(batch);
        var schedule = Scheduler.Run(plan);
        var work = plan.Order.SelectMany(o => plan.Sections[o].Activities).ToList();
        Assert.InRange(schedule.Picoseconds, work.GroupBy(a => a.Unit).Max(g => g.Sum(a => a.Picoseconds)), work.Sum(a => a.Picoseconds));
        Assert.Equal(Scheduler.Run(plan, fold: false).Picoseconds, schedule.Picoseconds);
    });

    [Theory]
    [InlineData(StreamUse.One)]
    [InlineData(StreamUse.PerUnit)]
    public void A_long_pass_costs_hardly_more_to_schedule_than_a_short_one(StreamUse streams)
    {
        var planner = new PassPlanner(SampleModels.Llama70B, Precision.Fp16, SampleDevices.Round, Roofline.A100, new PassOptions { Streams = streams });
        // 80 layers of 13 operators have 2,080 starts and ends.
        Assert.InRange(Scheduler.Run(planner.Plan(BatchShape.UniformDecode(4, 100))).SimulatedEvents, 1, 400);
    }

    [Fact]
    public void Launch_overhead_is_paid_by_every_kernel()
    {
        var batch = BatchShape.UniformDecode(4, 100);
        long Length(double launch) => Scheduler.Run(new PassPlanner(
            SampleModels.Llama7B, Precision.Fp16, SampleDevices.Round, Roofline.A100, new PassOptions { LaunchSeconds = launch }).Plan(batch)).Picoseconds;
        // 13 operators a layer, an embedding, a norm and a head.
        Assert.Equal(Length(0) + (32 * 13 + 3) * 5_000_000L, Length(5e-6));
    }

    [Fact]
    public void Attention_in_memory_gains_what_the_internal_bandwidth_allows()
    {
        var device = SampleDevices.WithPim;
        var time = new IdealTimeModel(device);
        long Length(IPlacementPolicy placement, BatchShape batch) => Scheduler.Run(
            new PassPlanner(SampleModels.Llama7B, Precision.Fp16, device, time, new PassOptions { Placement = placement }).Plan(batch)).Picoseconds;

        // Long contexts: the cache is all that counts, read four times as fast.
        var decode = BatchShape.UniformDecode(64, 16_000);
        var gain = (double)Length(PlacementPolicies.Device, decode) / Length(PlacementPolicies.InMemoryAttention, decode);
        Assert.InRange(gain, 3, 4);
        // Prefill attention is arithmetic, which units in memory have little of: it stays on the device.
        var prefill = BatchShape.UniformPrefill(1, 4000);
        Assert.Equal(Length(PlacementPolicies.Device, prefill), Length(PlacementPolicies.InMemoryAttention, prefill));
        var fastest = new PassPlanner(SampleModels.Llama7B, Precision.Fp16, device, time, new PassOptions { Placement = PlacementPolicies.Fastest }).Plan(prefill);
        Assert.Equal("matrix units", fastest.Units[fastest.Sections[1].Activities.Single(a => a.Name == "attention").Unit]);
        Assert.True(Length(PlacementPolicies.Fastest, prefill) <= Length(PlacementPolicies.Device, prefill));
        Assert.True(Length(PlacementPolicies.Fastest, decode) <= Length(PlacementPolicies.InMemoryAttention, decode));
    }

    [Fact]
    public void A_timeline_has_every_operator_of_every_layer()
    {
        var planner = new PassPlanner(SampleModels.Llama7B, Precision.Fp16, SampleDevices.Round, Roofline.A100, new PassOptions { Streams = StreamUse.PerUnit });
        var schedule = Scheduler.Run(planner.Plan(BatchShape.UniformDecode(4, 100)));
        var timeline = PassTimeline.Of(schedule, "round");
        Assert.Equal(32 * 13 + 3, timeline.SpanCount);
        Assert.Equal(schedule.Picoseconds, timeline.Spans.Max(s => s.End));
        Assert.NotEmpty(timeline.Flows);
        Assert.NotEmpty(timeline.Counters);
        using var stream = new MemoryStream();
        PerfettoTrace.Write(timeline, stream);
        using var json = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(32 * 13 + 3, json.RootElement.GetProperty("traceEvents").EnumerateArray().Count(e => e.GetProperty("ph").GetString() == "X"));
    }

    [Fact]
    public void Placement_policies_are_found_by_name()
    {
        Assert.Same(PlacementPolicies.InMemoryAttention, PlacementPolicies.Find("PIM-attention"));
        Assert.Null(PlacementPolicies.Find("nowhere"));
        Assert.Equal(PlacementPolicies.All.Count, PlacementPolicies.All.Select(p => p.Name).Distinct().Count());
    }
}
