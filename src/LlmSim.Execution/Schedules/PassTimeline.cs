using LlmSim.Execution.Memory;
using LlmSim.Kernel.Recording;
using LlmSim.Kernel.Time;

namespace LlmSim.Execution.Schedules;

/// <summary>A schedule as a timeline to be looked at: a track a unit, a counter a memory, arrows where an activity waited for another unit's.</summary>
public static class PassTimeline
{
    /// <summary>The timeline of a pass.</summary>
    /// <param name="schedule">When everything ran.</param>
    /// <param name="group">Name of the device, over all tracks.</param>
    /// <param name="rounding">How memory is rounded.</param>
    public static Timeline Of(PassSchedule schedule, string group, AllocatorRounding? rounding = null)
    {
        var timeline = new Timeline(Tick.Picosecond);
        AddTo(timeline, schedule, group, rounding);
        return timeline;
    }

    /// <summary>Adds a pass to a timeline, beside what is there.</summary>
    /// <param name="timeline">Takes it; its tick is a picosecond.</param>
    /// <param name="schedule">When everything ran.</param>
    /// <param name="group">Name over all tracks.</param>
    /// <param name="rounding">How memory is rounded.</param>
    public static void AddTo(Timeline timeline, PassSchedule schedule, string group, AllocatorRounding? rounding = null)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        ArgumentNullException.ThrowIfNull(schedule);
        var plan = schedule.Plan;
        var used = plan.Sections.SelectMany(s => s.Activities).Select(a => a.Unit).ToHashSet();
        var tracks = plan.Units.Select((name, unit) => used.Contains(unit) ? timeline.AddTrack(name, group) : -1).ToArray();
        var spans = new long[plan.Order.Count][];
        for (var place = 0; place < plan.Order.Count; place++)
        {
            var activities = plan.Sections[plan.Order[place]].Activities;
            spans[place] = new long[activities.Count];
            for (var a = 0; a < activities.Count; a++)
            {
                var activity = activities[a];
                spans[place][a] = timeline.AddSpan(
                    tracks[activity.Unit], timeline.Intern(activity.Name), schedule.Start(place, a), schedule.End(place, a),
                    timeline.Intern(activity.Bound.ToString()), place);
            }
        }

        for (var place = 0; place < plan.Order.Count; place++)
        {
            var activities = plan.Sections[plan.Order[place]].Activities;
            for (var a = 0; a < activities.Count; a++)
                foreach (var after in activities[a].After)
                    if (activities[after].Unit != activities[a].Unit) timeline.AddFlow(spans[place][after], spans[place][a]);
        }

        foreach (var curve in MemoryCurve.Of(schedule, rounding))
        {
            var track = timeline.AddTrack(curve.Tier + " bytes", group, isCounter: true);
            foreach (var (time, bytes) in curve.Points) timeline.AddCounter(track, time, bytes);
        }
    }
}
