using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Kernel.Units;

namespace LlmSim.Execution.Tests.Schedules;

public class SchedulerTests
{
    [Fact]
    public void Folded_equals_unfolded_to_the_tick_for_every_activity_on_random_plans()
    {
        var folded = 0;
        Check.ForSeeds(1000, random =>
        {
            var plan = RandomPlan.Plan(random);
            var plain = Scheduler.Run(plan, fold: false);
            var quick = Scheduler.Run(plan);
            if (quick.SimulatedEvents < plain.SimulatedEvents) folded++;
            Assert.Equal(plain.Picoseconds, quick.Picoseconds);
            for (var place = 0; place < plan.Order.Count; place++)
                for (var a = 0; a < plan.Sections[plan.Order[place]].Activities.Count; a++)
                    Assert.Equal((plain.Start(place, a), plain.End(place, a)), (quick.Start(place, a), quick.End(place, a)));
        });
        // Otherwise nothing was tested.
        Assert.True(folded > 400, $"only {folded} plans folded");
    }

    [Fact]
    public void Every_rule_of_a_plan_is_kept_on_random_plans() => Check.ForSeeds(300, random =>
    {
        var plan = RandomPlan.Plan(random);
        var schedule = Scheduler.Run(plan);
        var spans = new List<(int Place, Activity Activity, int Index, long Start, long End)>();
        for (var place = 0; place < plan.Order.Count; place++)
        {
            var section = plan.Sections[plan.Order[place]];
            for (var a = 0; a < section.Activities.Count; a++)
                spans.Add((place, section.Activities[a], a, schedule.Start(place, a), schedule.End(place, a)));
        }

        foreach (var span in spans)
        {
            Assert.True(span.End - span.Start >= span.Activity.Picoseconds);
            foreach (var after in span.Activity.After) Assert.True(schedule.End(span.Place, after) <= span.Start);
            foreach (var earlier in span.Activity.AfterEarlier)
            {
                var place = span.Place - earlier.Distance;
                if (place < 0) continue;
                var other = plan.Sections[plan.Order[place]].Activities.ToList().FindIndex(a => a.Name == earlier.Activity);
                if (other >= 0) Assert.True(schedule.End(place, other) <= span.Start);
            }
        }

        foreach (var stream in spans.GroupBy(s => s.Activity.Stream))
            Assert.All(stream.Zip(stream.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        foreach (var unit in spans.GroupBy(s => s.Activity.Unit))
        {
            var inTime = unit.Where(s => s.End > s.Start).OrderBy(s => s.Start).ToList();
            Assert.All(inTime.Zip(inTime.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        }

        Assert.Equal(spans.Count == 0 ? 0 : spans.Max(s => s.End), schedule.Picoseconds);
    });

    [Fact]
    public void One_stream_is_as_long_as_its_activities_together() => Check.ForSeeds(100, random =>
    {
        var plan = RandomPlan.Plan(random);
        plan = plan with
        {
            Streams = ["only"],
            Sections = [.. plan.Sections.Select(s => s with { Activities = [.. s.Activities.Select(a => a with { Stream = 0 })] })],
        };
        Assert.Equal(plan.Order.Sum(o => plan.Sections[o].Activities.Sum(a => a.Picoseconds)), Scheduler.Run(plan).Picoseconds);
    });

    [Fact]
    public void Perfect_overlap_is_as_long_as_the_busiest_unit_together_with_filling_the_pipeline()
    {
        // Loads 700 ps a layer two layers ahead of computations of 500 ps: the copies are the limit, the last computation comes on top.
        var plan = Streaming(loadPicoseconds: 700, computePicoseconds: 500, layers: 100);
        Assert.Equal(100 * 700 + 500, Scheduler.Run(plan).Picoseconds);
        Assert.Equal(700 + 100 * 900, Scheduler.Run(Streaming(700, 900, 100)).Picoseconds);
        // A hundred layers cost the simulation hardly more than ten.
        Assert.True(Scheduler.Run(plan).SimulatedEvents < 50);
    }

    [Fact]
    public void Activities_in_flight_share_a_memory()
    {
        var plan = Streaming(1000, 1000, 1) with { Resources = [new PlanResource("hbm", PlanResourceKind.Memory, 1e9)] };
        var activities = plan.Sections[0].Activities.Select(a => a with { After = [], Demands = [new Demand(0, 1)] }).ToList();
        var schedule = Scheduler.Run(plan with { Sections = [plan.Sections[0] with { Activities = activities }] });
        Assert.Equal(2000, schedule.Picoseconds);
        Assert.Equal(0, schedule.Start(0, 1));
    }

    [Fact]
    public void Impossible_plans_are_refused_with_everything_that_is_wrong()
    {
        var plan = Streaming(1, 1, 1);
        var wrong = plan with
        {
            Sections =
            [
                plan.Sections[0] with
                {
                    Activities = [plan.Sections[0].Activities[0] with { Unit = 7, After = [9] }, plan.Sections[0].Activities[1] with { Demands = [new Demand(0, 1.5)] }],
                },
            ],
        };
        var error = Assert.Throws<PlanException>(() => Scheduler.Run(wrong));
        Assert.Equal(4, error.Problems.Count);
        Assert.Contains("layer/load needs unit 7, which nobody offers", error.Problems);

        var cycle = plan with
        {
            Sections = [plan.Sections[0] with { Activities = [plan.Sections[0].Activities[0] with { After = [1] }, plan.Sections[0].Activities[1]] }],
        };
        error = Assert.Throws<PlanException>(() => Scheduler.Run(cycle));
        Assert.All(error.Problems, p => Assert.Contains("cycle", p));
        Assert.Equal(2, error.Problems.Count);
    }

    private static PassPlan Streaming(long loadPicoseconds, long computePicoseconds, int layers) => new()
    {
        Units = ["copy engine", "device"],
        Streams = ["compute", "copies"],
        Sections =
        [
            new PlanSection(
                "layer",
                [
                    new Activity { Name = "load", Stream = 1, Unit = 0, Picoseconds = loadPicoseconds, AfterEarlier = [new Earlier(2, "compute")] },
                    new Activity { Name = "compute", Stream = 0, Unit = 1, Picoseconds = computePicoseconds, After = [0] },
                ],
                []),
        ],
        Order = [.. Enumerable.Repeat(0, layers)],
    };
}
